package io.genrec.engine.run;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.genrec.api.GenRecException;
import io.genrec.api.sequence.Histories;
import io.genrec.api.sequence.History;
import io.genrec.api.task.EvaluationSet;
import io.genrec.engine.evaluation.SeenItems;
import io.genrec.engine.optimizer.ParameterStore;
import io.genrec.engine.runtime.Device;
import io.genrec.engine.storage.CheckpointStore;
import io.genrec.engine.training.StepReport;
import io.genrec.engine.training.Toy;
import java.nio.FloatBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.IntStream;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.memory.RootAllocator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class TrainingRunTest {
  private static final Histories USERS = Toy.histories(40);

  private static RunConfig config(int epochs, String more) {
    return config(epochs, "\"microBatchTokens\": 48", more);
  }

  private static RunConfig config(int epochs, String training, String more) {
    return Toy.config(
            """
            {"name": "toy", "model": {"dim": 8, "maxHistory": 12, "outputSlots": 1},
             "encoder": {"name": "toy", "dropout": 0.2, "scale": 0.1}, "task": {"name": "next"},
             "sampler": {"name": "any", "sharing": "position", "count": 5},
             "optimizer": {"rate": 0.01, "weightDecay": 0.01, "schedule": "cosine"},
             "training": {"batch": 16, %s}, "epochs": %d%s}
            """
                .formatted(training, epochs, more))
        .as(RunConfig.class);
  }

  private static TrainingData data(Optional<EvaluationSet> validation) {
    return data(USERS, validation);
  }

  private static TrainingData data(Histories users, Optional<EvaluationSet> validation) {
    return new TrainingData(
        "toy",
        "c0",
        "strict",
        "s0",
        Map.of("item", Toy.ITEMS, "mood", 3),
        users,
        validation,
        Optional.empty(),
        SeenItems.ALL,
        new long[Toy.ITEMS + 1]);
  }

  private static TrainingRun open(RunConfig config, BufferAllocator memory) {
    return new TrainingRun(
        config, data(Optional.of(Toy.questions(USERS))), Toy.registry(), Device.CPU, memory);
  }

  private static Map<String, float[]> values(ParameterStore parameters) {
    Map<String, float[]> values = new LinkedHashMap<>();
    parameters
        .parameters()
        .forEach(
            parameter -> {
              FloatBuffer buffer = parameters.column(parameter.name()).bytes().asFloatBuffer();
              float[] copy = new float[buffer.remaining()];
              buffer.get(copy);
              values.put(parameter.name(), copy);
            });
    return values;
  }

  private static void assertSameBits(Map<String, float[]> actual, Map<String, float[]> expected) {
    assertThat(actual.keySet()).isEqualTo(expected.keySet());
    expected.forEach((name, bits) -> assertThat(actual.get(name)).as(name).isEqualTo(bits));
  }

  /** Stops a run as a kill would: by an error in the middle of a pass. */
  private static final class Interruption extends RuntimeException {
    private static final long serialVersionUID = 1L;
  }

  private static RunListener stoppingAt(int step) {
    return new RunListener() {
      private int done;

      @Override
      public void step(int epoch, int stepInEpoch, int stepsPerEpoch, StepReport report) {
        if (++done == step) {
          throw new Interruption();
        }
      }
    };
  }

  /** Three steps a pass; checkpoints within the pass after each second step. */
  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3, 5, 8, 11})
  void aStoppedRunEndsWithTheSameBits(int stop, @TempDir Path folder) {
    assertSameEnd(config(4, ""), stop, folder);
  }

  /** The third step of a pass is a run of its own, since it has but 8 users. */
  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3, 5, 8, 11})
  void soDoesOneOfSeveralStepsInAGraph(int stop, @TempDir Path folder) {
    assertSameEnd(config(4, "\"microBatchTokens\": 208, \"stepsPerRun\": 2", ""), stop, folder);
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2})
  void soDoesAStream(int stop, @TempDir Path folder) {
    assertSameEnd(config(1, "\"microBatchTokens\": 48, \"order\": \"stream\"", ""), stop, folder);
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 4, 5})
  void soDoesOneWhoseEpochsAreFewerSteps(int stop, @TempDir Path folder) {
    assertSameEnd(config(4, "\"microBatchTokens\": 48, \"epochSteps\": 2", ""), stop, folder);
  }

  /** Such as that a plug-in lacks a class. */
  @Test
  void anErrorWhileARunIsPreparedLeavesNothingOpen() {
    Histories broken =
        new Histories() {
          @Override
          public int size() {
            return 3;
          }

          @Override
          public History get(int index) {
            throw new NoClassDefFoundError("plugin/Part");
          }
        };
    try (BufferAllocator memory = new RootAllocator()) {
      assertThatThrownBy(
              () ->
                  new TrainingRun(
                      config(1, ""),
                      data(broken, Optional.empty()),
                      Toy.registry(),
                      Device.CPU,
                      memory))
          .isInstanceOf(NoClassDefFoundError.class);
      assertThat(memory.getAllocatedMemory()).isZero();
    }
  }

  @Test
  void anEpochOfFewerStepsTakesOtherExamplesEachTime() {
    try (BufferAllocator memory = new RootAllocator();
        TrainingRun run =
            open(config(3, "\"microBatchTokens\": 48, \"epochSteps\": 1", ""), memory)) {
      List<Long> tokens = new ArrayList<>();
      RunResult result =
          run.train(
              new RunListener() {
                @Override
                public void step(int epoch, int stepInEpoch, int stepsPerEpoch, StepReport report) {
                  assertThat(stepsPerEpoch).isEqualTo(1);
                  tokens.add(report.tokens());
                }
              });
      assertThat(result.history()).extracting(EpochReport::step).containsExactly(1L, 2L, 3L);
      assertThat(tokens).doesNotHaveDuplicates();
    }
    assertThatThrownBy(() -> config(1, "\"order\": \"stream\", \"epochSteps\": 1", ""))
        .hasMessageContaining("epochSteps must be left out");
  }

  /** The toy's events are equally far apart, so that its shortest histories end first. */
  @Test
  void aStreamTrainsEachHistoryOnceInTheOrderOfTheirEnds() {
    List<Long> tokens = new ArrayList<>();
    try (BufferAllocator memory = new RootAllocator();
        TrainingRun run =
            open(config(1, "\"microBatchTokens\": 48, \"order\": \"stream\"", ""), memory)) {
      run.train(
          new RunListener() {
            @Override
            public void step(int epoch, int stepInEpoch, int stepsPerEpoch, StepReport report) {
              tokens.add(report.tokens());
            }
          });
    }
    int[] lengths =
        IntStream.range(0, USERS.size()).map(i -> USERS.get(i).size()).sorted().toArray();
    List<Long> expected = new ArrayList<>();
    for (int from = 0; from < lengths.length; from += 16) {
      // The model sees 12 events, and the last one is only a target.
      expected.add(
          Arrays.stream(lengths, from, Math.min(from + 16, lengths.length))
              .mapToLong(length -> Math.min(length - 1, 12))
              .sum());
    }
    assertThat(tokens).isEqualTo(expected);
  }

  @Test
  void aStreamPassesOnce() {
    assertThatThrownBy(() -> config(2, "\"order\": \"stream\"", ""))
        .hasMessageContaining("epochs must be 1 but is 2")
        .hasMessageContaining("shuffled");
  }

  private static void assertSameEnd(RunConfig config, int stop, Path folder) {
    try (BufferAllocator memory = new RootAllocator()) {
      Map<String, float[]> expected;
      List<Map<String, Double>> metrics = new ArrayList<>();
      try (TrainingRun undisturbed = open(config, memory)) {
        undisturbed
            .train(RunListener.NONE)
            .history()
            .forEach(epoch -> metrics.add(epoch.validation()));
        expected = values(undisturbed.parameters());
      }
      CheckpointStore checkpoints = new CheckpointStore(folder, 2, damaged -> {});
      try (TrainingRun first = open(config, memory)) {
        assertThatThrownBy(() -> first.train(stoppingAt(stop), Optional.of(checkpoints), 2))
            .isInstanceOf(Interruption.class);
      }
      try (TrainingRun second = open(config.withWorkers(1), memory)) {
        RunResult result = second.train(RunListener.NONE, Optional.of(checkpoints), 2);
        assertThat(result.history()).extracting(EpochReport::validation).isEqualTo(metrics);
        assertSameBits(values(second.parameters()), expected);
      }
      try (TrainingRun finished = open(config, memory)) {
        finished.train(stoppingAt(1), Optional.of(checkpoints), 2);
        assertSameBits(values(finished.parameters()), expected);
      }
    }
  }

  @Test
  void refusesTheCheckpointsOfAnotherRun(@TempDir Path folder) {
    try (BufferAllocator memory = new RootAllocator()) {
      CheckpointStore checkpoints = new CheckpointStore(folder, 1, damaged -> {});
      try (TrainingRun run = open(config(1, ""), memory)) {
        run.train(RunListener.NONE, Optional.of(checkpoints), Long.MAX_VALUE);
      }
      try (TrainingRun other = open(config(1, ", \"seed\": 2"), memory)) {
        assertThatThrownBy(
                () -> other.train(RunListener.NONE, Optional.of(checkpoints), Long.MAX_VALUE))
            .isInstanceOf(GenRecException.class)
            .hasMessageContaining("[GR/OtherRun]")
            .hasMessageContaining("another folder");
      }
    }
  }

  @Test
  void theBestPassCountsAndPatienceEndsTheRun() {
    RunConfig config = config(300, ", \"patience\": 3, \"seed\": 4");
    try (BufferAllocator memory = new RootAllocator();
        TrainingRun run = open(config, memory)) {
      List<Map<String, float[]>> after = new ArrayList<>();
      RunResult result =
          run.train(
              new RunListener() {
                @Override
                public void epoch(EpochReport report) {
                  after.add(values(run.parameters()));
                }
              });
      double best =
          result.history().stream().mapToDouble(epoch -> metric(epoch)).max().orElseThrow();
      assertThat(metric(result.history().get(result.chosenEpoch() - 1))).isEqualTo(best);
      assertSameBits(values(run.parameters()), after.get(result.chosenEpoch() - 1));
      assertThat(result.epochs()).isLessThan(300).isEqualTo(result.chosenEpoch() + 3);
    }
  }

  private static double metric(EpochReport epoch) {
    return epoch.validation().getOrDefault(TrainingRun.CHOOSING_METRIC, -1.0);
  }

  @Test
  void withoutValidationTheLastPassCounts() {
    try (BufferAllocator memory = new RootAllocator();
        TrainingRun run =
            new TrainingRun(
                config(3, ""), data(Optional.empty()), Toy.registry(), Device.CPU, memory)) {
      RunResult result = run.train(RunListener.NONE);
      assertThat(result.chosenEpoch()).isEqualTo(3);
      assertThat(result.history()).allSatisfy(epoch -> assertThat(epoch.validation()).isEmpty());
    }
  }

  @Test
  void namesTheFeatureThatTheDataDoesNotHave() {
    RunConfig config =
        Toy.config(
                """
                {"name": "toy", "model": {"dim": 8, "maxHistory": 12, "features": [{"name": "ratng", "dim": 4}]},
                 "encoder": {"name": "toy", "dropout": 0, "scale": 0.1}, "epochs": 1}
                """)
            .as(RunConfig.class);
    try (BufferAllocator memory = new RootAllocator()) {
      assertThatThrownBy(() -> open(config, memory))
          .isInstanceOf(GenRecException.class)
          .hasMessageContaining("[GR/UnknownFeature]")
          .hasMessageContaining("ratng");
    }
  }

  @Test
  void refusesAFeatureThatTheEncoderDoesNotRead() {
    RunConfig config =
        Toy.config(
                """
                {"name": "toy", "model": {"dim": 8, "maxHistory": 12, "features": [{"name": "mood", "dim": 4}]},
                 "encoder": {"name": "toy", "dropout": 0, "scale": 0.1}, "task": {"name": "next"},
                 "sampler": {"name": "any", "sharing": "position", "count": 5}, "epochs": 1}
                """)
            .as(RunConfig.class);
    try (BufferAllocator memory = new RootAllocator()) {
      assertThatThrownBy(() -> open(config, memory))
          .isInstanceOf(GenRecException.class)
          .hasMessageContaining("[GR/UnusedParameter]")
          .hasMessageContaining("embedding/mood");
    }
  }
}
