package io.genrec.examples.recommend;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.genrec.api.config.StrictConfig;
import io.genrec.api.sequence.Schema;
import io.genrec.api.storage.IfExists;
import io.genrec.engine.bundle.ModelBundle;
import io.genrec.engine.bundle.TrainedModel;
import io.genrec.engine.model.Model;
import io.genrec.engine.optimizer.ParameterStore;
import io.genrec.engine.run.ModelBuilder;
import io.genrec.engine.run.RunConfig;
import io.genrec.engine.wiring.Plugins;
import io.genrec.engine.wiring.Registry;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.memory.RootAllocator;
import org.apache.arrow.vector.BigIntVector;
import org.apache.arrow.vector.VarCharVector;
import org.apache.arrow.vector.VectorSchemaRoot;
import org.apache.arrow.vector.ipc.ArrowFileWriter;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class RecommendTest {
  private static final int ITEMS = 25;

  @Test
  void printsTenUnseenItems(@TempDir Path folder) throws Exception {
    Path bundle = hstu(folder);
    PrintStream before = System.out;
    ByteArrayOutputStream printed = new ByteArrayOutputStream();
    try {
      System.setOut(new PrintStream(printed, true, StandardCharsets.UTF_8));
      Recommend.main(new String[] {bundle.toString(), "film-3@978300760", "film-7@978302109"});
    } finally {
      System.setOut(before);
    }
    List<String> lines = printed.toString(StandardCharsets.UTF_8).lines().toList();
    assertThat(lines).hasSize(10).allMatch(line -> line.matches("film-\\d+\t-?[0-9.E-]+"));
    assertThat(lines).noneMatch(line -> line.matches("film-[37]\t.*"));
    assertThat(lines).doesNotHaveDuplicates();
  }

  /** What serving does not need is not there. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "org.duckdb.DuckDBDriver",
        "picocli.CommandLine",
        "org.knowm.xchart.XYChart",
        "me.tongfei.progressbar.ProgressBar"
      })
  void theClassPathIsSmall(String absent) {
    assertThatThrownBy(() -> Class.forName(absent)).isInstanceOf(ClassNotFoundException.class);
  }

  /** A bundle of an HSTU that nobody has trained. */
  private static Path hstu(Path folder) throws Exception {
    RunConfig config =
        StrictConfig.parse(
                "run.json",
                """
                {"name": "films",
                 "model": {"dim": 8, "maxHistory": 10},
                 "encoder": {"name": "hstu", "blocks": 2, "heads": 2},
                 "epochs": 0}
                """)
            .as(RunConfig.class);
    ClassLoader loader = RecommendTest.class.getClassLoader();
    Registry registry = Registry.of(Plugins.load(loader).list());
    Schema schema = ModelBuilder.schema(config.model(), Map.of(Schema.ITEM, ITEMS));
    Model model = ModelBuilder.model(config, schema, registry);
    try (BufferAllocator memory = new RootAllocator();
        ParameterStore parameters = new ParameterStore(model.parameters().values(), memory)) {
      parameters.initialise(config.seed());
      Path bundle = folder.resolve("bundle");
      Map<String, Path> vocabularies =
          Map.of(Schema.ITEM, vocabulary(folder.resolve("items.arrow"), memory));
      ModelBundle.write(
          bundle,
          IfExists.FAIL,
          registry,
          new TrainedModel(config, model, parameters, Optional.empty(), vocabularies, Map.of()));
      return bundle;
    }
  }

  private static Path vocabulary(Path file, BufferAllocator memory) throws Exception {
    VarCharVector ids = new VarCharVector("id", memory);
    BigIntVector counts = new BigIntVector("count", memory);
    try (VectorSchemaRoot root = new VectorSchemaRoot(List.of(ids, counts));
        FileChannel out =
            FileChannel.open(file, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE);
        ArrowFileWriter writer = new ArrowFileWriter(root, null, out)) {
      for (int row = 1; row <= ITEMS; row++) {
        ids.setSafe(row - 1, ("film-" + row).getBytes(StandardCharsets.UTF_8));
        counts.setSafe(row - 1, row);
      }
      root.setRowCount(ITEMS);
      writer.writeBatch();
      writer.end();
      return file;
    }
  }
}
