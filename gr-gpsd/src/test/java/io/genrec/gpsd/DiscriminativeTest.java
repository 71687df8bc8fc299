package io.genrec.gpsd;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.data.Offset.offset;

import io.genrec.api.config.StrictConfig;
import io.genrec.api.sequence.Batch;
import io.genrec.api.sequence.History;
import io.genrec.api.sequence.TokenRow;
import io.genrec.api.storage.IfExists;
import io.genrec.api.task.Task;
import io.genrec.data.DataPlugin;
import io.genrec.data.DatasetFiles;
import io.genrec.data.SequenceDataset;
import io.genrec.engine.bundle.ModelBundle;
import io.genrec.engine.bundle.TrainedModel;
import io.genrec.engine.evaluation.ImpressionEvaluator;
import io.genrec.engine.loss.LossPlugin;
import io.genrec.engine.model.Model;
import io.genrec.engine.optimizer.ParameterStore;
import io.genrec.engine.run.EpochReport;
import io.genrec.engine.run.RunConfig;
import io.genrec.engine.run.RunListener;
import io.genrec.engine.run.RunResult;
import io.genrec.engine.run.TrainingRun;
import io.genrec.engine.runtime.CompiledGraph;
import io.genrec.engine.runtime.Device;
import io.genrec.engine.runtime.SessionSettings;
import io.genrec.engine.storage.CheckpointStore;
import io.genrec.engine.training.StepReport;
import io.genrec.engine.transfer.Transfer;
import io.genrec.engine.transfer.TransferReport.Entry;
import io.genrec.engine.transfer.TransferReport.Origin;
import io.genrec.engine.transfer.TransferSource;
import io.genrec.engine.transfer.TransferStrategy;
import io.genrec.engine.wiring.Registry;
import io.genrec.gpsd.ClickData.Part;
import io.genrec.transformer.TransformerPlugin;
import java.nio.FloatBuffer;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.memory.RootAllocator;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** From a pretrained model to one that ranks candidates. */
class DiscriminativeTest {
  private static final String SEGMENT = "input/segment";
  private static final Registry REGISTRY =
      Registry.of(
          List.of(new TransformerPlugin(), new DataPlugin(), new LossPlugin(), new GpsdPlugin()));

  @TempDir private static Path folder = Path.of("");

  private static final BufferAllocator MEMORY = new RootAllocator();

  @SuppressWarnings("NullAway.Init") // opened before all tests
  private static SequenceDataset log;

  @SuppressWarnings("NullAway.Init") // likewise
  private static GpsdData data;

  @SuppressWarnings("NullAway.Init") // likewise
  private static Path source;

  private static RunConfig config(String encoder, String rest) {
    return StrictConfig.parse(
            "small",
            """
            {"name": "small",
             "model": {"dim": 16, "maxHistory": 10, "outputSlots": 2,
                       "features": [{"name": "category", "dim": 16}]},
             "encoder": %s,
             "optimizer": {"rate": 1e-2, "weightDecay": 0.1, "clipNorm": 1, "warmupSteps": 5,
                           "schedule": "cosine"},
             "training": {"batch": 32}, %s}
            """
                .formatted(encoder, rest))
        .as(RunConfig.class);
  }

  private static String llama(boolean causal) {
    return """
        {"name": "llama", "blocks": 1, "heads": 2, "causal": %s, "inputFeatures": ["category"]}
        """
        .formatted(causal);
  }

  private static RunConfig pretraining() {
    return config(
        llama(true),
        """
        "task": {"name": "generative"},
        "loss": {"name": "generative", "features": ["category"]},
        "sampler": {"name": "uniform", "count": 16, "sharing": "sequence"}, "epochs": 3
        """);
  }

  private static RunConfig click(String encoder, int candidates) {
    return config(
        encoder,
        """
        "task": {"name": "click", "candidates": %d},
        "loss": {"name": "multitask", "weight": 1},
        "ranking": {"candidate": {"features": ["category"]}}, "epochs": 3, "seed": 2
        """
            .formatted(candidates));
  }

  @BeforeAll
  static void pretrain() {
    log = SmallLog.open(folder, 400, MEMORY);
    ClickProtocol protocol = new ClickProtocol(ClickProtocol.Users.TIME, 0.7, 4, 20, 0.1, 17);
    data = GpsdData.of(new ClickData(log, protocol));
    source = folder.resolve("source");
    RunConfig config = pretraining();
    try (TrainingRun run =
        new TrainingRun(config, data.pretraining(false), REGISTRY, Device.CPU, MEMORY)) {
      RunResult result = run.train(RunListener.NONE);
      List<EpochReport> epochs = result.history();
      assertThat(epochs.get(2).loss()).isLessThan(epochs.get(0).loss());
      Map<String, Path> vocabularies =
          Map.of(
              "item", folder.resolve("data").resolve(DatasetFiles.vocabulary("item")),
              "category", folder.resolve("data").resolve(DatasetFiles.vocabulary("category")));
      ModelBundle.write(
          source,
          IfExists.FAIL,
          REGISTRY,
          TrainedModel.of(config, data.pretraining(false), run, vocabularies, Map.of()));
    }
  }

  @AfterAll
  static void close() {
    log.close();
    MEMORY.close();
  }

  private static TrainingRun open(RunConfig config, TransferStrategy strategy) {
    try (TransferSource from = TransferSource.open(source, MEMORY)) {
      return GpsdRun.open(
          config,
          data,
          Part.TRAIN,
          Part.TEST,
          Transfer.of(strategy),
          strategy.needsSource() ? Optional.of(from) : Optional.empty(),
          REGISTRY,
          Device.CPU,
          MEMORY);
    }
  }

  private static float[] outputs(Model model, Task task, ParameterStore values, History history) {
    try (CompiledGraph graph =
            CompiledGraph.of(
                model.inspect("encode", t -> Map.of("out", model.encoder().encode(t))),
                SessionSettings.cpu());
        Batch inputs = new Batch(MEMORY);
        Batch results = new Batch(MEMORY)) {
      int length = task.requestLength(history);
      TokenRow row = new TokenRow(inputs, 1, length, task.columns().inputs());
      task.writeRequest(history, history.time(history.size() - 1), row.at(0));
      graph.run(
          name -> inputs.columns().containsKey(name) ? inputs.column(name) : values.column(name),
          results);
      return floats(results.column("out").bytes().asFloatBuffer());
    }
  }

  private static float[] floats(FloatBuffer buffer) {
    float[] copy = new float[buffer.remaining()];
    buffer.get(copy);
    return copy;
  }

  @Test
  void withoutSegmentsAFullTransferEncodesHistoriesAsItsSourceDoes() {
    try (TrainingRun run = open(click(llama(true), 2), TransferStrategy.FT);
        ModelBundle pretrained = ModelBundle.open(source, REGISTRY, MEMORY)) {
      History history = data.click().history(data.click().users(Part.TEST)[3]);
      float[] expected =
          outputs(pretrained.model(), pretrained.task(), pretrained.parameters(), history);
      float[] segmented = outputs(run.model(), run.task(), run.parameters(), history);
      assertThat(segmented).isNotEqualTo(expected);
      FloatBuffer segments = run.parameters().column(SEGMENT).bytes().asFloatBuffer();
      for (int i = 0; i < segments.limit(); i++) {
        segments.put(i, 0);
      }
      float[] actual = outputs(run.model(), run.task(), run.parameters(), history);
      assertThat(actual).hasSameSizeAs(expected);
      for (int i = 0; i < actual.length; i++) {
        assertThat(actual[i]).isCloseTo(expected[i], offset(1e-5f));
      }
    }
  }

  @Test
  void learnsToTellTargetsFromNegatives() {
    try (TrainingRun run = open(click(llama(true), 2), TransferStrategy.ST_SF)) {
      float[] table = floats(run.parameters().column("embedding/item").bytes().asFloatBuffer());
      assertThat(run.transfer().orElseThrow().parameters())
          .filteredOn(entry -> entry.origin() == Origin.LOADED)
          .extracting(Entry::name)
          .containsExactly("embedding/item", "embedding/category");
      RunResult result = run.train(RunListener.NONE);
      // Users return to the category that they like eight times of ten.
      assertThat(result.history().get(2).monitor().get("auc/click")).isGreaterThan(0.65);
      assertThat(floats(run.parameters().column("embedding/item").bytes().asFloatBuffer()))
          .isEqualTo(table);
    }
  }

  private static UserScores scores(TrainingRun run, int candidates) {
    try (ImpressionEvaluator evaluator =
        new ImpressionEvaluator(run.model(), run.task(), MEMORY, 1, Device.CPU)) {
      return UserScores.of(
          evaluator
              .evaluate(data.samples().questions(Part.TEST, candidates), run.parameters()::column)
              .outcome(0));
    }
  }

  @Test
  void candidatesOfOneSequenceDoNotSeeEachOther() {
    try (TrainingRun run = open(click(llama(true), 2), TransferStrategy.FT)) {
      UserScores together = scores(run, 2);
      UserScores alone = scores(run, 1);
      assertThat(together.targets()).hasSize(data.click().users(Part.TEST).length);
      for (int i = 0; i < together.targets().length; i++) {
        assertThat(together.targets()[i]).isCloseTo(alone.targets()[i], offset(1e-5f));
        assertThat(together.negatives()[i]).isCloseTo(alone.negatives()[i], offset(1e-5f));
      }
      assertThat(together.targets()).isNotEqualTo(together.negatives());
    }
  }

  @Test
  void anEncoderThatSeesBothWaysTakesOneCandidateAtATime() {
    assertThatThrownBy(() -> open(click(llama(false), 2), TransferStrategy.NT))
        .hasMessageContaining("[GR/CandidatesMeet]")
        .hasMessageContaining("\"candidates\": 1");
    try (TrainingRun run = open(click(llama(false), 1), TransferStrategy.ST)) {
      run.train(RunListener.NONE);
      assertThat(scores(run, 1).auc()).isGreaterThan(0.6);
    }
  }

  @Test
  void tablesGoIntoOtherEncoders() {
    String sasrec = "{\"name\": \"sasrec\", \"blocks\": 1, \"heads\": 1}";
    RunConfig other =
        StrictConfig.parse(
                "other",
                StrictConfig.toJson(click(sasrec, 2))
                    .replace(
                        "\"features\" : [ {\n      \"name\" : \"category\",\n      \"dim\" : 16\n    } ]",
                        "\"features\" : []")
                    .replace("[ \"category\" ]", "[]"))
            .as(RunConfig.class);
    try (TrainingRun run = open(other, TransferStrategy.ITEM_TABLE)) {
      Entry table = run.transfer().orElseThrow().parameters().get(0);
      assertThat(table.name()).isEqualTo("embedding/item");
      assertThat(table.origin()).isEqualTo(Origin.LOADED);
      assertThat(table.newRows()).isZero();
      run.train(RunListener.NONE);
    }
    assertThatThrownBy(() -> open(other, TransferStrategy.FT))
        .hasMessageContaining("[GR/PatternMatchesNothing]")
        .hasMessageContaining("only tables can be transferred");
  }

  private static Map<String, float[]> values(TrainingRun run) {
    Map<String, float[]> values = new LinkedHashMap<>();
    run.model()
        .parameters()
        .keySet()
        .forEach(
            name ->
                values.put(name, floats(run.parameters().column(name).bytes().asFloatBuffer())));
    return values;
  }

  /** Stops a run as a kill would. */
  private static final class Interruption extends RuntimeException {
    private static final long serialVersionUID = 1L;
  }

  @Test
  void aTransferredRunThatWasStoppedEndsWithTheSameBits() {
    RunConfig config = click(llama(true), 2);
    assertStoppedRunEndsWithTheSameBits("transferred", () -> open(config, TransferStrategy.FT_SF));
  }

  @Test
  void aPretrainingThatWasStoppedEndsWithTheSameBits() {
    assertStoppedRunEndsWithTheSameBits(
        "pretraining",
        () ->
            new TrainingRun(pretraining(), data.pretraining(false), REGISTRY, Device.CPU, MEMORY));
  }

  private static void assertStoppedRunEndsWithTheSameBits(
      String name, Supplier<TrainingRun> opened) {
    CheckpointStore checkpoints = new CheckpointStore(folder.resolve(name), 2, damaged -> {});
    RunListener stopping =
        new RunListener() {
          @Override
          public void step(int epoch, int stepInEpoch, int stepsPerEpoch, StepReport report) {
            if (epoch == 2 && stepInEpoch == 4) {
              throw new Interruption();
            }
          }
        };
    Map<String, float[]> expected;
    try (TrainingRun undisturbed = opened.get()) {
      undisturbed.train(RunListener.NONE);
      expected = values(undisturbed);
    }
    try (TrainingRun first = opened.get()) {
      assertThatThrownBy(() -> first.train(stopping, Optional.of(checkpoints), 3))
          .isInstanceOf(Interruption.class);
    }
    try (TrainingRun second = opened.get()) {
      second.train(RunListener.NONE, Optional.of(checkpoints), 3);
      Map<String, float[]> actual = values(second);
      expected.forEach(
          (parameter, bits) -> assertThat(actual.get(parameter)).as(parameter).isEqualTo(bits));
    }
  }

  @Test
  void refusesAnotherTask() {
    assertThatThrownBy(() -> open(pretraining(), TransferStrategy.NT))
        .hasMessageContaining("[GR/NotClick]");
  }
}
