package io.genrec.falcon;

import io.genrec.api.config.StrictConfig;
import io.genrec.api.sequence.Fields;
import io.genrec.api.sequence.Schema.Owner;
import io.genrec.api.storage.Checksum;
import io.genrec.api.storage.IfExists;
import io.genrec.engine.bundle.ModelBundle;
import io.genrec.engine.bundle.TrainedModel;
import io.genrec.engine.model.Model;
import io.genrec.engine.optimizer.ParameterStore;
import io.genrec.engine.run.ModelBuilder;
import io.genrec.engine.run.RunConfig;
import io.genrec.engine.wiring.Registry;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.memory.RootAllocator;
import org.apache.arrow.vector.BigIntVector;
import org.apache.arrow.vector.VarCharVector;
import org.apache.arrow.vector.VectorSchemaRoot;
import org.apache.arrow.vector.ipc.ArrowFileWriter;

/** A model with random values in a bundle: items {@code i1} to {@code i9}, the last 6 events. */
final class SmallBundle {
  static final int MAX_HISTORY = 6;

  static final String INTERLEAVED =
      "{\"name\": \"ranking-interleaved\","
          + " \"labels\": [{\"name\": \"click\"}, {\"name\": \"watch\"}]}";

  private static final Fields FIELDS =
      new Fields(
          List.of(
              new Fields.Category("item", 9, Owner.ITEM),
              new Fields.Category("genre", 3, Owner.ITEM),
              new Fields.Category("age", 2, Owner.USER)),
          List.of(
              new Fields.Numeric("price", Owner.ITEM, 10, 4, List.of()),
              new Fields.Numeric("watch", Owner.EVENT, 100, 50, List.of())),
          List.of("click"));

  private SmallBundle() {}

  /** M-FALCON with a cache of 1 MiB and no more memory than this. */
  static String budget(long bytes) {
    return "{\"name\": \"m-falcon\", \"workers\": 1, \"cacheBytes\": 1048576, \"budgetBytes\": "
        + bytes
        + "}";
  }

  /** Writes a bundle. */
  static Path write(Path folder, String encoder, String task) {
    return write(folder, encoder, task, OptionalDouble.empty());
  }

  /**
   * Writes a bundle.
   *
   * @param broken what stands in the place of a weight
   */
  static Path write(Path folder, String encoder, String task, float broken) {
    return write(folder, encoder, task, OptionalDouble.of(broken));
  }

  private static Path write(Path folder, String encoder, String task, OptionalDouble broken) {
    boolean ranks = !task.contains("next-item");
    RunConfig config =
        StrictConfig.parse(
                "small.json",
                """
                {"name": "small", "encoder": ENCODER, "task": TASK, "epochs": 1,
                 "model": {"dim": 8, "maxHistory": 6, "outputSlots": 20,
                           "features": [FEATURES], "numbers": [NUMBERS]}}
                """
                    .replace("ENCODER", encoder)
                    .replace("TASK", task)
                    .replace(
                        "FEATURES",
                        ranks
                            ? "{\"name\": \"genre\", \"dim\": 4}, {\"name\": \"age\", \"dim\": 4}"
                            : "")
                    .replace("NUMBERS", ranks ? "{\"name\": \"price\"}" : ""))
            .as(RunConfig.class);
    Registry registry = Registry.onClassPath();
    Model model = ModelBuilder.model(config, ModelBuilder.schema(config.model(), FIELDS), registry);
    try (BufferAllocator memory = new RootAllocator();
        ParameterStore parameters = new ParameterStore(model.parameters().values(), memory)) {
      parameters.initialise(3);
      if (broken.isPresent()) {
        String weight =
            ranks
                ? "head/prediction/second/bias"
                : model.parameters().keySet().stream()
                    .filter(name -> name.contains("layer0"))
                    .findFirst()
                    .orElseThrow();
        parameters.column(weight).bytes().asFloatBuffer().put(0, (float) broken.getAsDouble());
      }
      Map<String, Path> vocabularies = new LinkedHashMap<>();
      vocabularies.put("item", vocabulary(folder.resolve("item.arrow"), "i", 9, memory));
      vocabularies.put("genre", vocabulary(folder.resolve("genre.arrow"), "g", 3, memory));
      vocabularies.put("age", vocabulary(folder.resolve("age.arrow"), "a", 2, memory));
      Path bundle = folder.resolve("model");
      ModelBundle.write(
          bundle,
          IfExists.FAIL,
          registry,
          new TrainedModel(
              config,
              model,
              parameters,
              Optional.empty(),
              vocabularies,
              Map.of(),
              Optional.empty(),
              ranks ? Optional.of(FIELDS) : Optional.empty()));
      return bundle;
    }
  }

  /** The same as if another version of GenRec had written it. */
  static void ofAnotherVersion(Path bundle) throws IOException {
    Path card = bundle.resolve("model.json");
    Path sums = bundle.resolve("checksums.json");
    String text = Files.readString(card);
    String changed = text.replaceFirst("(\"formatVersion\"\\s*:\\s*)1", "$19");
    Files.writeString(card, changed);
    Files.writeString(
        sums, Files.readString(sums).replace(Checksum.sha256(text), Checksum.sha256(changed)));
  }

  private static Path vocabulary(Path file, String prefix, int size, BufferAllocator memory) {
    VarCharVector ids = new VarCharVector("id", memory);
    BigIntVector counts = new BigIntVector("count", memory);
    try (VectorSchemaRoot root = new VectorSchemaRoot(List.of(ids, counts));
        FileChannel out =
            FileChannel.open(file, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE);
        ArrowFileWriter writer = new ArrowFileWriter(root, null, out)) {
      for (int row = 1; row <= size; row++) {
        ids.setSafe(row - 1, (prefix + row).getBytes(StandardCharsets.UTF_8));
        counts.setSafe(row - 1, 1);
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
