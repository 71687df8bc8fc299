package io.genrec.engine.training;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.data.Offset.offset;

import io.genrec.api.GenRecException;
import io.genrec.api.sequence.Histories;
import io.genrec.api.sequence.Schema;
import io.genrec.api.training.SamplerContext;
import io.genrec.engine.model.Model;
import io.genrec.engine.optimizer.Optimizer;
import io.genrec.engine.optimizer.OptimizerConfig;
import io.genrec.engine.optimizer.ParameterStore;
import io.genrec.engine.runtime.Device;
import io.genrec.engine.runtime.NativeKernels;
import io.genrec.engine.wiring.Registry;
import java.nio.FloatBuffer;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.memory.RootAllocator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class TrainerTest {
  private static final String POSITION =
      "{\"name\": \"any\", \"sharing\": \"position\", \"count\": 5}";
  private static final String BATCH = "{\"name\": \"any\", \"sharing\": \"batch\", \"count\": 5}";
  private static final String SAMPLED = "{\"name\": \"sampled-softmax\"}";

  /** What a few steps lead to. */
  private record Outcome(List<Double> losses, Map<String, float[]> parameters) {}

  private static TrainingSettings settings(int microBatchTokens, int workers, boolean compact) {
    return new TrainingSettings(16, microBatchTokens, workers, 4, compact, NativeKernels.Use.ONNX);
  }

  private static Outcome train(
      int steps,
      double dropout,
      String loss,
      String sampler,
      OptimizerConfig optimizing,
      TrainingSettings settings) {
    return train(steps, dropout, 0.1, loss, sampler, optimizing, settings);
  }

  private static Outcome train(
      int steps,
      double dropout,
      double scale,
      String loss,
      String sampler,
      OptimizerConfig optimizing,
      TrainingSettings settings) {
    Registry registry = Toy.registry();
    Schema schema = Toy.schema();
    Histories histories = Toy.histories(50);
    Model model = Toy.model(registry, schema, dropout, scale);
    try (BufferAllocator memory = new RootAllocator();
        ParameterStore parameters = new ParameterStore(model.parameters().values(), memory)) {
      parameters.initialise(7);
      try (Optimizer optimizer = optimizing.optimizer(parameters, List.of(), 1000, memory);
          Trainer trainer =
              new Trainer(
                  model,
                  registry.task(Toy.config("{\"name\": \"next\"}"), schema),
                  registry.loss(Toy.config(loss)),
                  registry.sampler(
                      Toy.config(sampler), new SamplerContext(new long[Toy.ITEMS + 1])),
                  histories,
                  parameters,
                  optimizer,
                  settings,
                  3,
                  Start.FRESH,
                  Device.CPU,
                  memory)) {
        List<Double> losses = new ArrayList<>();
        for (int step = 0; step < steps; step++) {
          losses.add(trainer.step(step).loss());
        }
        optimizer.catchUpAll();
        Map<String, float[]> values = new LinkedHashMap<>();
        for (String name : model.parameters().keySet()) {
          FloatBuffer buffer = parameters.column(name).bytes().asFloatBuffer();
          float[] copy = new float[buffer.remaining()];
          buffer.get(copy);
          values.put(name, copy);
        }
        return new Outcome(losses, values);
      }
    }
  }

  private static void assertNear(Outcome actual, Outcome expected, float bound) {
    for (int i = 0; i < expected.losses().size(); i++) {
      assertThat(actual.losses().get(i))
          .isCloseTo(expected.losses().get(i), offset((double) bound));
    }
    expected
        .parameters()
        .forEach(
            (name, values) ->
                assertThat(actual.parameters().get(name))
                    .as(name)
                    .containsExactly(values, offset(bound)));
  }

  private static final OptimizerConfig ADAMW = OptimizerConfig.adamw(0.01);

  @ParameterizedTest
  @ValueSource(ints = {2, 3})
  void bitsDoNotDependOnTheNumberOfWorkers(int workers) {
    Outcome one = train(9, 0.3, SAMPLED, POSITION, ADAMW, settings(32, 1, false));
    Outcome many = train(9, 0.3, SAMPLED, POSITION, ADAMW, settings(32, workers, false));
    assertThat(many.losses()).isEqualTo(one.losses());
    one.parameters()
        .forEach(
            (name, values) -> assertThat(many.parameters().get(name)).as(name).isEqualTo(values));
  }

  @Test
  void compactTablesGiveWhatWholeTablesGive() {
    Outcome whole = train(9, 0, SAMPLED, POSITION, ADAMW, settings(32, 2, false));
    Outcome compact = train(9, 0, SAMPLED, POSITION, ADAMW, settings(32, 2, true));
    assertNear(compact, whole, 2e-5f);
    Outcome replayed =
        train(
            9,
            0,
            SAMPLED,
            POSITION,
            Toy.config("{\"name\": \"replay-adamw\", \"rate\": 0.01}").as(OptimizerConfig.class),
            settings(32, 2, true));
    assertNear(replayed, whole, 2e-5f);
  }

  @Test
  void aLogicalBatchIsTheSameHoweverItIsCut() {
    Outcome single = train(6, 0, SAMPLED, BATCH, ADAMW, settings(100_000, 1, false));
    Outcome pieces = train(6, 0, SAMPLED, BATCH, ADAMW, settings(8, 2, false));
    assertNear(pieces, single, 2e-5f);
  }

  private static TrainingSettings stochastic(double alpha, int length, int workers) {
    return new TrainingSettings(
        16,
        64,
        workers,
        4,
        false,
        NativeKernels.Use.ONNX,
        new StochasticLength(alpha, length, StochasticLength.Selection.RANDOM),
        1,
        TrainingSettings.Arithmetic.FP32,
        TrainingSettings.Order.SHUFFLED,
        false,
        null);
  }

  /** Given places are those that tokens have anyway. */
  @Test
  void stochasticLengthThatCutsNothingChangesNothing() {
    Outcome plain = train(6, 0.3, SAMPLED, POSITION, ADAMW, settings(64, 1, false));
    Outcome uncut = train(6, 0.3, SAMPLED, POSITION, ADAMW, stochastic(2, 100, 1));
    assertNear(uncut, plain, 1e-6f);
  }

  @Test
  void stochasticLengthIsTheSameOnAnyNumberOfWorkersAndAnotherEachEpoch() {
    Outcome one = train(9, 0.3, SAMPLED, POSITION, ADAMW, stochastic(1, 12, 1));
    Outcome two = train(9, 0.3, SAMPLED, POSITION, ADAMW, stochastic(1, 12, 2));
    Outcome plain = train(9, 0.3, SAMPLED, POSITION, ADAMW, settings(64, 1, false));
    assertThat(two.losses()).isEqualTo(one.losses());
    assertThat(one.losses()).isNotEqualTo(plain.losses());
  }

  @Test
  void learnsWhatFollows() {
    Outcome outcome =
        train(400, 0, "{\"name\": \"full-softmax\"}", POSITION, ADAMW, settings(256, 2, false));
    double begin = outcome.losses().get(0);
    double end = outcome.losses().get(outcome.losses().size() - 1);
    assertThat(begin)
        .as("first loss: no better than a guess among 40")
        .isGreaterThan(Math.log(40) - 0.5);
    assertThat(end).isLessThan(0.5);
  }

  @Test
  void negativesOfTheSequenceAreDrawnOncePerSequence() {
    String sequence = "{\"name\": \"any\", \"sharing\": \"sequence\", \"count\": 5}";
    Outcome outcome = train(200, 0, SAMPLED, sequence, ADAMW, settings(64, 2, false));
    assertThat(outcome.losses().get(199)).isLessThan(outcome.losses().get(0));
  }

  @Test
  void aUniformChanceCorrectsNothing() {
    String logQ = "{\"name\": \"sampled-softmax\", \"logQ\": true}";
    double plain = train(1, 0, SAMPLED, POSITION, ADAMW, settings(64, 1, false)).losses().get(0);
    double corrected = train(1, 0, logQ, POSITION, ADAMW, settings(64, 1, false)).losses().get(0);
    double compact = train(1, 0, logQ, POSITION, ADAMW, settings(64, 1, true)).losses().get(0);
    assertThat(corrected).isCloseTo(plain, offset(1e-5));
    assertThat(compact).isCloseTo(plain, offset(1e-5));
  }

  @Test
  void aLossThatIsNotFiniteStopsTraining() {
    assertThatThrownBy(
            () -> train(3, 0, Double.MAX_VALUE, SAMPLED, POSITION, ADAMW, settings(64, 1, false)))
        .isInstanceOf(GenRecException.class)
        .hasMessageContaining("[GR/NotFinite]");
  }

  @Test
  void refusesCompactTablesForALossOverAllItems() {
    assertThatThrownBy(
            () ->
                train(1, 0, "{\"name\": \"full-softmax\"}", POSITION, ADAMW, settings(64, 1, true)))
        .isInstanceOf(GenRecException.class)
        .hasMessageContaining("compactTables");
  }

  @Test
  void inMixedPrecisionProductsAreRoundedAndParametersAreNot() {
    TrainingSettings wide = settings(32, 1, false);
    TrainingSettings narrow =
        new TrainingSettings(
            16,
            32,
            2,
            4,
            false,
            NativeKernels.Use.AUTO,
            null,
            1,
            TrainingSettings.Arithmetic.BF16,
            TrainingSettings.Order.SHUFFLED,
            false,
            null);
    // Few small steps, since what rounding does adds up.
    OptimizerConfig optimizing = OptimizerConfig.adamw(0.002);
    Outcome expected = train(10, 0.1, SAMPLED, POSITION, optimizing, wide);
    Outcome actual = train(10, 0.1, SAMPLED, POSITION, optimizing, narrow);
    assertThat(actual.losses()).isNotEqualTo(expected.losses());
    for (int step = 0; step < 10; step++) {
      double loss = expected.losses().get(step);
      assertThat(actual.losses().get(step)).isCloseTo(loss, offset(0.02 * loss));
    }
    assertThat(actual.losses().get(9)).isLessThan(0.9 * actual.losses().get(0));
    int rounded = 0;
    float[] weights = Objects.requireNonNull(actual.parameters().get("toy/w"));
    for (float weight : weights) {
      rounded += (Float.floatToRawIntBits(weight) & 0xFFFF) == 0 ? 1 : 0;
    }
    assertThat(rounded).isLessThan(weights.length / 4);
  }

  @Test
  void whatComputesInThirtyTwoBitsIsRefusedInMixedPrecision() {
    assertThatThrownBy(
            () ->
                new TrainingSettings(
                    16,
                    32,
                    2,
                    4,
                    false,
                    NativeKernels.Use.NATIVE,
                    null,
                    1,
                    TrainingSettings.Arithmetic.BF16,
                    TrainingSettings.Order.SHUFFLED,
                    false,
                    null))
        .hasMessageContaining("set kernels to");
    TrainingSettings narrow = Toy.config("{\"precision\": \"bf16\"}").as(TrainingSettings.class);
    assertThat(narrow.precision()).isEqualTo(TrainingSettings.Arithmetic.BF16);
    assertThatThrownBy(() -> narrow.stepsPerRun(2)).hasMessageContaining("set stepsPerRun to 1");
    TrainingSettings again = Toy.config("{\"recompute\": true}").as(TrainingSettings.class);
    assertThatThrownBy(() -> again.stepsPerRun(2)).hasMessageContaining("set stepsPerRun to 1");
  }
}
