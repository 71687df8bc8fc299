package io.genrec.testkit;

import io.genrec.api.config.StrictConfig;
import io.genrec.api.graph.Parameter;
import io.genrec.api.sequence.Schema;
import io.genrec.api.storage.IfExists;
import io.genrec.engine.bundle.ModelBundle;
import io.genrec.engine.bundle.TrainedModel;
import io.genrec.engine.model.Model;
import io.genrec.engine.onnx.Precision;
import io.genrec.engine.optimizer.ParameterStore;
import io.genrec.engine.run.RunConfig;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.vector.BigIntVector;
import org.apache.arrow.vector.VarCharVector;
import org.apache.arrow.vector.VectorSchemaRoot;
import org.apache.arrow.vector.ipc.ArrowFileWriter;

/**
 * Rule 8. A model is written as a bundle and opened again, as another process would: built from the
 * bundle's configuration, with the bundle's values.
 */
final class BundleRule implements Rule<EncoderBench> {
  static final String TITLE = "rule 8: a bundle gives back the same bits";

  @Override
  public String title() {
    return TITLE;
  }

  @Override
  public void check(EncoderBench bench) {
    TestedModel written = bench.events();
    Path folder = temporaryFolder();
    try (ParameterStore values =
        new ParameterStore(written.model().parameters().values(), bench.memory())) {
      for (Parameter parameter : written.model().parameters().values()) {
        values.copyIn(parameter.name(), bytes(written.weights().of(parameter)));
      }
      Path bundle = folder.resolve("bundle");
      TrainedModel trained =
          new TrainedModel(
              configuration(bench),
              written.model(),
              values,
              Optional.empty(),
              vocabularies(bench, folder),
              Map.of());
      ModelBundle.write(bundle, IfExists.FAIL, bench.registry(), trained);
      try (ModelBundle opened = ModelBundle.open(bundle, bench.registry(), bench.memory())) {
        for (Parameter parameter : values.parameters()) {
          String name = parameter.name();
          if (!opened.parameters().column(name).equals(values.column(name))) {
            throw new AssertionError("parameter \"" + name + "\" has other bits");
          }
        }
        double[] before = users(bench, written.model(), values);
        double[] after = users(bench, opened.model(), opened.parameters());
        if (!Arrays.equals(before, after)) {
          throw new AssertionError(
              "the opened model, with the same values, gives "
                  + Arrays.toString(after)
                  + " where the written one gives "
                  + Arrays.toString(before)
                  + "; whatever the outputs depend on must be a parameter or the configuration");
        }
      }
    } finally {
      delete(folder);
    }
  }

  private static RunConfig configuration(EncoderBench bench) {
    StringBuilder features = new StringBuilder();
    for (Schema.Feature feature : bench.subject().features()) {
      features
          .append(features.length() == 0 ? "" : ", ")
          .append("{\"name\": \"" + feature.name() + "\", \"dim\": " + feature.dim() + "}");
    }
    String json =
        """
        {"name": "contract",
         "model": {"dim": %d, "maxHistory": %d, "outputSlots": %d, "features": [%s]},
         "encoder": %s, "task": {"name": "%s"}, "epochs": 1}
        """
            .formatted(
                bench.subject().dim(),
                EncoderBench.MAX_HISTORY,
                EncoderBench.MAX_LENGTH - EncoderBench.MAX_HISTORY,
                features,
                bench.configuration(),
                NamedTask.NAME);
    return StrictConfig.parse("contract", json).as(RunConfig.class);
  }

  /** One vector per history, in 32 bits. */
  private static double[] users(EncoderBench bench, Model model, ParameterStore values) {
    try (Session session = new Session(model.users(), Precision.FLOAT32, bench.memory())) {
      for (Parameter parameter : values.parameters()) {
        double[] reals = Session.values(values.column(parameter.name()), Precision.FLOAT32);
        session.reals(parameter.name(), reals, Weights.size(parameter));
      }
      new TokenColumns(session.inputs(), bench.schema())
          .write(bench.histories(), EncoderBench.MAX_HISTORY);
      return session.run().values(Model.USER);
    }
  }

  private static ByteBuffer bytes(double[] values) {
    ByteBuffer bytes =
        ByteBuffer.allocateDirect(values.length * Float.BYTES).order(ByteOrder.nativeOrder());
    for (double value : values) {
      bytes.putFloat((float) value);
    }
    return bytes.flip();
  }

  private static Map<String, Path> vocabularies(EncoderBench bench, Path folder) {
    Map<String, Path> files = new LinkedHashMap<>();
    for (Schema.Feature feature : bench.schema().features()) {
      Path file = folder.resolve(files.size() + ".arrow");
      writeVocabulary(file, feature.values(), bench.memory());
      files.put(feature.name(), file);
    }
    return files;
  }

  private static void writeVocabulary(Path file, int values, BufferAllocator memory) {
    VarCharVector ids = new VarCharVector("id", memory);
    BigIntVector counts = new BigIntVector("count", memory);
    try (VectorSchemaRoot root = new VectorSchemaRoot(List.of(ids, counts));
        FileChannel out =
            FileChannel.open(file, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE);
        ArrowFileWriter writer = new ArrowFileWriter(root, null, out)) {
      for (int row = 0; row < values; row++) {
        ids.setSafe(row, Integer.toString(row + 1).getBytes(StandardCharsets.UTF_8));
        counts.setSafe(row, 1);
      }
      root.setRowCount(values);
      writer.start();
      writer.writeBatch();
      writer.end();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static Path temporaryFolder() {
    try {
      return Files.createTempDirectory("genrec-contract");
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static void delete(Path folder) {
    try (Stream<Path> files = Files.walk(folder)) {
      for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
        Files.delete(file);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
