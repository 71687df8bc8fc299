package io.genrec.engine.training;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.data.Offset.offset;

import io.genrec.api.GenRecException;
import io.genrec.api.sequence.Schema;
import io.genrec.api.training.SamplerContext;
import io.genrec.engine.model.Model;
import io.genrec.engine.optimizer.Optimizer;
import io.genrec.engine.optimizer.OptimizerConfig;
import io.genrec.engine.optimizer.ParameterGroup;
import io.genrec.engine.optimizer.ParameterStore;
import io.genrec.engine.runtime.Device;
import io.genrec.engine.runtime.NativeKernels;
import io.genrec.engine.wiring.Registry;
import java.nio.FloatBuffer;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.memory.RootAllocator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Steps in one graph against the same steps one by one on the host: 50 users in batches of 16, so
 * that each fourth step has 2 sequences and begins a run of its own; histories of 2 to 15 events.
 */
class GraphStepsTest {
  private static final int STEPS = 10;
  private static final String POSITION = "position";
  private static final String ADAMW =
      "{\"name\": \"%s\", \"rate\": 0.01, \"weightDecay\": 0.1, \"schedule\": \"cosine\","
          + " \"warmupSteps\": 3, \"clipNorm\": 0.5}";

  /** What some steps lead to: values, moments, and how many runs it took. */
  private record Outcome(
      List<Double> losses, double norm, Map<String, float[]> values, List<Integer> runs) {}

  private record Setting(
      String optimizer,
      boolean compact,
      String loss,
      String sharing,
      double dropout,
      double scale,
      List<ParameterGroup> groups) {
    static Setting of(String optimizer, boolean compact) {
      return new Setting(
          optimizer, compact, "{\"name\": \"sampled-softmax\"}", POSITION, 0.3, 0.1, List.of());
    }

    Setting sharing(String other) {
      return new Setting(optimizer, compact, loss, other, dropout, scale, groups);
    }

    Setting loss(String other) {
      return new Setting(optimizer, compact, other, sharing, dropout, scale, groups);
    }

    Setting scale(double other) {
      return new Setting(optimizer, compact, loss, sharing, dropout, other, groups);
    }

    Setting groups(ParameterGroup... some) {
      return new Setting(optimizer, compact, loss, sharing, dropout, scale, List.of(some));
    }
  }

  private static TrainingSettings settings(boolean compact, int stepsPerRun) {
    return new TrainingSettings(16, 16 * 13, 2, 4, compact, NativeKernels.Use.ONNX)
        .stepsPerRun(stepsPerRun);
  }

  private static Outcome train(Setting setting, int stepsPerRun) {
    return train(setting, settings(setting.compact(), stepsPerRun), STEPS);
  }

  /**
   * Trains.
   *
   * @param atOnce steps that may run together
   */
  private static Outcome train(Setting setting, TrainingSettings settings, int atOnce) {
    Registry registry = Toy.registry();
    Schema schema = Toy.schema();
    String encoder =
        "{\"name\": \"toy\", \"dropout\": %s, \"scale\": %s}"
            .formatted(setting.dropout(), setting.scale());
    String sampler =
        "{\"name\": \"any\", \"sharing\": \"%s\", \"count\": 5}".formatted(setting.sharing());
    Model model =
        new Model("toy", schema, scope -> registry.encoder(Toy.config(encoder), scope, schema));
    OptimizerConfig optimizing =
        Toy.config(ADAMW.formatted(setting.optimizer())).as(OptimizerConfig.class);
    try (BufferAllocator memory = new RootAllocator();
        ParameterStore parameters = new ParameterStore(model.parameters().values(), memory)) {
      parameters.initialise(7);
      try (Optimizer optimizer = optimizing.optimizer(parameters, setting.groups(), STEPS, memory);
          Trainer trainer =
              new Trainer(
                  model,
                  registry.task(Toy.config("{\"name\": \"next\"}"), schema),
                  registry.loss(Toy.config(setting.loss())),
                  registry.sampler(
                      Toy.config(sampler), new SamplerContext(new long[Toy.ITEMS + 1])),
                  Toy.histories(50),
                  parameters,
                  optimizer,
                  settings,
                  3,
                  Start.FRESH,
                  Device.CPU,
                  memory)) {
        List<Double> losses = new ArrayList<>();
        List<Integer> runs = new ArrayList<>();
        while (losses.size() < STEPS) {
          int step = losses.size();
          List<StepReport> reports = trainer.run(step, Math.min(STEPS, step + atOnce));
          reports.forEach(report -> losses.add(report.loss()));
          runs.add(reports.size());
        }
        optimizer.catchUpAll();
        assertThat(optimizer.completedSteps()).isEqualTo(STEPS);
        Map<String, float[]> values = new LinkedHashMap<>();
        model.parameters().keySet().forEach(n -> values.put(n, floats(parameters.column(n))));
        optimizer.state().forEach((n, c) -> values.put(n, floats(c)));
        return new Outcome(losses, optimizer.gradientNorm(), values, runs);
      }
    }
  }

  private static float[] floats(io.genrec.api.sequence.Batch.Column column) {
    if (column.element() == io.genrec.api.graph.ElementType.INT64) {
      float[] values = new float[column.entries()];
      for (int i = 0; i < values.length; i++) {
        values[i] = column.bytes().asLongBuffer().get(i);
      }
      return values;
    }
    FloatBuffer buffer = column.bytes().asFloatBuffer();
    float[] copy = new float[buffer.remaining()];
    buffer.get(copy);
    return copy;
  }

  private static void assertNear(Outcome actual, Outcome expected) {
    for (int i = 0; i < STEPS; i++) {
      assertThat(actual.losses().get(i)).isCloseTo(expected.losses().get(i), offset(1e-5));
    }
    assertThat(actual.norm()).isCloseTo(expected.norm(), offset(1e-5));
    assertThat(actual.values().keySet()).isEqualTo(expected.values().keySet());
    expected
        .values()
        .forEach(
            (name, values) ->
                assertThat(actual.values().get(name))
                    .as(name)
                    .containsExactly(values, offset(2e-5f)));
  }

  private static void assertMoved(Outcome outcome) {
    assertThat(outcome.losses()).doesNotHaveDuplicates();
    assertThat(outcome.norm()).isPositive();
  }

  @ParameterizedTest
  @CsvSource({
    "adamw, false, 2",
    "adamw, false, 3",
    "adamw, false, 100",
    "replay-adamw, false, 3",
    "replay-adamw, true, 3",
    "lazy-adamw, false, 3",
    "lazy-adamw, true, 2",
    "lazy-adamw, true, 3",
    "rowwise-adamw, false, 3",
    "rowwise-adamw, true, 3"
  })
  void leadsWhereSeparateStepsLead(String optimizer, boolean compact, int stepsPerRun) {
    Setting setting = Setting.of(optimizer, compact);
    Outcome expected = train(setting, 1);
    Outcome actual = train(setting, stepsPerRun);
    assertMoved(expected);
    assertNear(actual, expected);
    assertThat(expected.runs()).hasSize(STEPS).containsOnly(1);
    assertThat(actual.runs())
        .isEqualTo(stepsPerRun == 2 ? List.of(2, 1, 1, 2, 1, 1, 2) : List.of(3, 1, 3, 1, 2));
  }

  @ParameterizedTest
  @ValueSource(strings = {"sequence", "batch"})
  void negativesMayBeShared(String sharing) {
    Setting setting = Setting.of("lazy-adamw", true).sharing(sharing);
    assertNear(train(setting, 3), train(setting, 1));
  }

  @Test
  void aRunMayBeOneStep() {
    Setting setting = Setting.of("adamw", false);
    Outcome actual = train(setting, settings(false, 3), 1);
    assertNear(actual, train(setting, 1));
    assertThat(actual.runs()).hasSize(STEPS);
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void chancesToBeDrawnAreThoseOfEachStep(boolean compact) {
    Setting setting =
        Setting.of("lazy-adamw", compact).loss("{\"name\": \"sampled-softmax\", \"logQ\": true}");
    assertNear(train(setting, 3), train(setting, 1));
  }

  @Test
  void allItemsMayTakePart() {
    Setting setting = Setting.of("adamw", false).loss("{\"name\": \"full-softmax\"}");
    assertNear(train(setting, 3), train(setting, 1));
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void groupsHaveRatesOfTheirOwnAndFrozenOnesStay(boolean compact) {
    ParameterGroup slow = new ParameterGroup("toy/**", null, false, 0.25, 0.5);
    Setting two = Setting.of("lazy-adamw", compact).groups(slow);
    assertNear(train(two, 3), train(two, 1));
    Setting frozen = two.groups(ParameterGroup.freeze("embedding/*"), slow);
    Outcome actual = train(frozen, 3);
    assertNear(actual, train(frozen, 1));
    assertThat(actual.values()).doesNotContainKey("adam/m/embedding/item");
  }

  @Test
  void theNumberOfWorkersChangesNoBit() {
    Setting setting = Setting.of("lazy-adamw", true);
    Outcome two = train(setting, 3);
    Outcome one = train(setting, settings(true, 3).workers(1), STEPS);
    assertThat(one.losses()).isEqualTo(two.losses());
    two.values().forEach((n, bits) -> assertThat(one.values().get(n)).as(n).isEqualTo(bits));
  }

  @Test
  void aLossThatIsNotFiniteStopsTraining() {
    assertThatThrownBy(() -> train(Setting.of("adamw", false).scale(Double.MAX_VALUE), 3))
        .isInstanceOf(GenRecException.class)
        .hasMessageContaining("[GR/NotFinite]")
        .hasMessageContaining("step 0");
  }

  @Test
  void refusesAnOptimizerThatMovesRowsThatItIsNotGiven() {
    assertThatThrownBy(() -> train(Setting.of("adamw", true), 3))
        .isInstanceOf(GenRecException.class)
        .hasMessageContaining("[GR/InvalidValue]")
        .hasMessageContaining("\"embedding/item\"")
        .hasMessageContaining("replay-adamw");
  }

  @Test
  void refusesBatchesThatWouldBeCut() {
    TrainingSettings cut =
        new TrainingSettings(16, 16 * 13 - 1, 2, 4, false, NativeKernels.Use.ONNX).stepsPerRun(3);
    assertThatThrownBy(() -> train(Setting.of("adamw", false), cut, STEPS))
        .isInstanceOf(GenRecException.class)
        .hasMessageContaining("[GR/InvalidValue]")
        .hasMessageContaining("microBatchTokens is 207")
        .hasMessageContaining("208");
  }
}
