package io.genrec.engine.bundle;

import io.genrec.api.config.StrictConfig;
import io.genrec.api.sequence.Schema;
import io.genrec.api.storage.IfExists;
import io.genrec.engine.model.Model;
import io.genrec.engine.optimizer.ParameterStore;
import io.genrec.engine.run.ModelBuilder;
import io.genrec.engine.run.RunConfig;
import io.genrec.engine.storage.ModelCard.DataProvenance;
import io.genrec.engine.wiring.Registry;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.vector.BigIntVector;
import org.apache.arrow.vector.VarCharVector;
import org.apache.arrow.vector.VectorSchemaRoot;
import org.apache.arrow.vector.ipc.ArrowFileWriter;

/**
 * A model with random values in a bundle: items {@code i1 ..}, five ratings, width 4, the last 6
 * events. Item row r has r * 7 % 11 events.
 */
public final class SmallModel {
  /** What the model is built from. */
  public static final RunConfig CONFIG =
      StrictConfig.parse(
              "small.json",
              """
              {"name": "small",
               "model": {"dim": 4, "maxHistory": 6, "outputSlots": 1,
                         "features": [{"name": "rating", "dim": 4}]},
               "encoder": {"name": "sum"},
               "task": {"name": "last-events"},
               "epochs": 3, "patience": 2, "seed": 7}
              """)
          .as(RunConfig.class);

  private SmallModel() {}

  /** The encoder and the task. */
  public static Registry registry() {
    return Registry.builder()
        .encoder(new SumEncoder.Factory("sum", 1))
        .task(new LastEvents.Factory("last-events"))
        .build();
  }

  /** Writes a bundle. */
  public static Path write(Path folder, int items, BufferAllocator memory) {
    Registry registry = registry();
    Map<String, Integer> values = Map.of(Schema.ITEM, items, "rating", 5);
    Schema schema = ModelBuilder.schema(CONFIG.model(), values);
    Model model = ModelBuilder.model(CONFIG, schema, registry);
    try (ParameterStore parameters = new ParameterStore(model.parameters().values(), memory)) {
      parameters.initialise(CONFIG.seed());
      Path bundle = folder.resolve("bundle");
      ModelBundle.write(
          bundle,
          IfExists.FAIL,
          registry,
          new TrainedModel(
              CONFIG,
              model,
              parameters,
              Optional.of(new DataProvenance("films", "c0", "5b", "strict")),
              Map.of(
                  Schema.ITEM,
                  vocabulary(folder.resolve("items.arrow"), "i", items, memory),
                  "rating",
                  vocabulary(folder.resolve("ratings.arrow"), "r", 5, memory)),
              Map.of("HR@10", 0.25)));
      return bundle;
    }
  }

  /** Writes a vocabulary with ids such as {@code i1}. */
  static Path vocabulary(Path file, String prefix, int size, BufferAllocator memory) {
    return vocabulary(file, prefix, 1, size, memory);
  }

  /** Writes a vocabulary with ids such as {@code i3}, from a number on. */
  public static Path vocabulary(
      Path file, String prefix, int first, int size, BufferAllocator memory) {
    VarCharVector ids = new VarCharVector("id", memory);
    BigIntVector counts = new BigIntVector("count", memory);
    try (VectorSchemaRoot root = new VectorSchemaRoot(List.of(ids, counts));
        FileChannel out =
            FileChannel.open(file, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE);
        ArrowFileWriter writer = new ArrowFileWriter(root, null, out)) {
      for (int row = 1; row <= size; row++) {
        ids.setSafe(row - 1, (prefix + (first + row - 1)).getBytes(StandardCharsets.UTF_8));
        counts.setSafe(row - 1, row * 7 % 11);
      }
      root.setRowCount(size);
      writer.start();
      writer.writeBatch();
      writer.end();
      return file;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
