package io.genrec.engine.optimizer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.genrec.api.GenRecException;
import io.genrec.api.graph.Initializer;
import io.genrec.api.graph.Parameter;
import io.genrec.api.sequence.Batch.Column;
import io.genrec.engine.optimizer.OptimizerConfig.Name;
import io.genrec.engine.runtime.Workers;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.memory.RootAllocator;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class AdamOptimizerTest {
  private static final int ROWS = 700;
  private static final int DIM = 5;

  private final BufferAllocator memory = new RootAllocator();
  private final Parameter table = Parameter.embedding("table", Initializer.normal(0.3), ROWS, DIM);
  private final Parameter weight = Parameter.dense("weight", Initializer.normal(0.5), 30, 7);
  private final Parameter scale = Parameter.dense("scale", Initializer.ones());

  @AfterEach
  void allMemoryIsBack() {
    assertThat(memory.getAllocatedMemory()).isZero();
    memory.close();
  }

  private ParameterStore store() {
    ParameterStore store = new ParameterStore(List.of(table, weight, scale), memory);
    store.initialise(11);
    return store;
  }

  /** Gradients of all parameters, of a few rows for the table. */
  private static Map<String, Gradient> gradients(Random random, int rows, double size) {
    long[] ids = random.longs(0, ROWS).distinct().limit(rows).toArray();
    Map<String, Gradient> gradients = new LinkedHashMap<>();
    gradients.put("weight", Values.whole(Values.normal(random, 210, size), 30, 7));
    gradients.put("table", Values.rows(ids, DIM, Values.normal(random, rows * DIM, size)));
    gradients.put("scale", Values.whole(Values.normal(random, 1, size)));
    return gradients;
  }

  private static double[] dense(Gradient gradient, int entries) {
    double[] dense = new double[entries];
    float[] values = Values.floats(gradient.sums());
    if (gradient instanceof Gradient.Rows rows) {
      for (int i = 0; i < rows.rows().length * DIM; i++) {
        dense[(int) rows.rows()[i / DIM] * DIM + i % DIM] = values[i];
      }
    } else {
      for (int i = 0; i < entries; i++) {
        dense[i] = values[i];
      }
    }
    return dense;
  }

  @Test
  void followsTheFormulaOfAdamW() {
    double rate = 0.02;
    double decay = 0.1;
    double clip = 0.5;
    double weightOfBatch = 3.5;
    int steps = 25;
    OptimizerConfig config =
        new OptimizerConfig(
            Name.ADAMW, rate, 0.9, 0.98, 1e-8, decay, 5, Schedule.Shape.COSINE, 0.2, clip);
    try (ParameterStore store = store();
        Optimizer optimizer = config.optimizer(store, List.of(), steps, memory)) {
      Map<String, double[]> p = new LinkedHashMap<>();
      Map<String, double[]> m = new LinkedHashMap<>();
      Map<String, double[]> v = new LinkedHashMap<>();
      for (Parameter parameter : store.parameters()) {
        float[] values = Values.floats(store.column(parameter.name()));
        double[] start = new double[values.length];
        Arrays.setAll(start, i -> values[i]);
        p.put(parameter.name(), start);
        m.put(parameter.name(), new double[start.length]);
        v.put(parameter.name(), new double[start.length]);
      }
      Random random = new Random(2);
      for (int t = 1; t <= steps; t++) {
        // The second half of the steps stays below the limit.
        Map<String, Gradient> sums = gradients(random, 40, t < 13 ? 1 : 0.02);
        optimizer.step(new GradientSet(sums), weightOfBatch, t);

        double squares = 0;
        for (Parameter parameter : store.parameters()) {
          for (double sum : dense(Values.at(sums, parameter.name()), (int) parameter.entries())) {
            squares += (sum / weightOfBatch) * (sum / weightOfBatch);
          }
        }
        double norm = Math.sqrt(squares);
        assertThat(optimizer.gradientNorm()).isCloseTo(norm, within(1e-9 * norm));
        assertThat(norm > clip).isEqualTo(t < 13);
        double lr =
            t <= 5
                ? rate * t / 5
                : rate * (0.2 + 0.8 * (1 + Math.cos(Math.PI * (t - 5) / 20.0)) / 2);
        for (Parameter parameter : store.parameters()) {
          double[] g = dense(Values.at(sums, parameter.name()), (int) parameter.entries());
          double[] p1 = Values.at(p, parameter.name());
          double[] m1 = Values.at(m, parameter.name());
          double[] v1 = Values.at(v, parameter.name());
          for (int i = 0; i < p1.length; i++) {
            double x = g[i] / weightOfBatch * (norm > clip ? clip / (norm + 1e-6) : 1);
            p1[i] -= lr * decay * p1[i];
            m1[i] += 0.1 * (x - m1[i]);
            v1[i] += 0.02 * (x * x - v1[i]);
            double mHat = m1[i] / (1 - Math.pow(0.9, t));
            double vHat = v1[i] / (1 - Math.pow(0.98, t));
            p1[i] -= lr * mHat / (Math.sqrt(vHat) + 1e-8);
          }
        }
      }
      for (Parameter parameter : store.parameters()) {
        float[] values = Values.floats(store.column(parameter.name()));
        double[] expected = Values.at(p, parameter.name());
        for (int i = 0; i < values.length; i++) {
          assertThat((double) values[i])
              .as("%s[%d]", parameter.name(), i)
              .isCloseTo(expected[i], within(2e-6));
        }
      }
    }
  }

  /** In one series here, backwards and by three there; of a table of some pieces and blocks. */
  @Test
  void piecesInAnyOrderGiveTheSameBits() {
    int rows = 9_001;
    Parameter large = Parameter.embedding("large", Initializer.normal(0.1), rows, 11);
    Parameter small = Parameter.dense("small", Initializer.normal(0.1), 5);
    for (Name name : Name.values()) {
      OptimizerConfig config =
          new OptimizerConfig(name, 0.05, 0.9, 0.98, 1e-8, 0.1, 3, Schedule.Shape.COSINE, 0.1, 5.0);
      try (ParameterStore one = new ParameterStore(List.of(large, small), memory);
          ParameterStore two = new ParameterStore(List.of(large, small), memory);
          Optimizer a = config.optimizer(one, List.of(), 9, memory);
          Optimizer b = config.optimizer(two, List.of(), 9, memory);
          Workers workers = new Workers(3)) {
        one.initialise(3);
        two.initialise(3);
        Random random = new Random(8);
        for (int step = 1; step <= 4; step++) {
          Gradient whole = Values.whole(Values.normal(random, rows * 11, 1), rows, 11);
          long[] some = random.longs(0, rows).distinct().limit(5_000).toArray();
          Gradient ofSome = Values.rows(some, 11, Values.normal(random, 5_000 * 11, 1));
          GradientSet gradients =
              new GradientSet(
                  Map.of(
                      "large",
                      step % 2 == 0 ? whole : ofSome,
                      "small",
                      Values.whole(Values.normal(random, 5, 1), 5)));
          a.step(gradients, 2, step);
          List<Integer> counts = new ArrayList<>();
          b.step(
              gradients,
              2,
              step,
              pieces -> {
                counts.add(pieces.size());
                List<Runnable> backwards = new ArrayList<>(pieces);
                Collections.reverse(backwards);
                workers.runAll(backwards, 3);
              });
          // Squares, then updates.
          assertThat(counts).hasSize(2).allMatch(count -> count > 2);
          assertThat(b.gradientNorm()).isEqualTo(a.gradientNorm());
        }
        a.catchUpAll();
        b.catchUpAll();
        for (String parameter : List.of("large", "small")) {
          assertThat(two.column(parameter).bytes()).isEqualTo(one.column(parameter).bytes());
        }
        assertThat(b.state()).isEqualTo(a.state());
      }
    }
  }

  /** By the gradients' sum, and by the same sum of micro-batches, whose squares it brings along. */
  @Test
  void aSumOfMicroBatchesGivesTheSameBits() {
    int rows = 9_001;
    Parameter large = Parameter.embedding("large", Initializer.normal(0.1), rows, 11);
    Parameter small = Parameter.dense("small", Initializer.normal(0.1), 1_500);
    List<Parameter> both = List.of(large, small);
    for (Name name : Name.values()) {
      OptimizerConfig config =
          new OptimizerConfig(name, 0.05, 0.9, 0.98, 1e-8, 0.1, 3, Schedule.Shape.COSINE, 0.1, 5.0);
      try (ParameterStore one = new ParameterStore(both, memory);
          ParameterStore two = new ParameterStore(both, memory);
          Optimizer a = config.optimizer(one, List.of(), 9, memory);
          Optimizer b = config.optimizer(two, List.of(), 9, memory);
          GradientSum sum = new GradientSum(both, memory, 4);
          Workers workers = new Workers(2)) {
        one.initialise(3);
        two.initialise(3);
        Random random = new Random(8);
        for (int step = 1; step <= 4; step++) {
          for (int index = 0; index < 3; index++) {
            long[] some = random.longs(0, rows).distinct().limit(4_000).toArray();
            boolean whole = step % 2 == 0;
            Gradient table =
                whole
                    ? Values.whole(Values.normal(random, rows * 11, 1), rows, 11)
                    : Values.rows(some, 11, Values.normal(random, some.length * 11, 1));
            Gradient weights = Values.whole(Values.normal(random, 1_500, 1), 1_500);
            sum.add(index, new GradientSet(Map.of("large", table, "small", weights)), () -> {});
          }
          a.step(sum.total(3, pieces -> pieces.forEach(Runnable::run)), 2, step);
          b.step(sum, 3, 2, step, pieces -> workers.runAll(pieces, 3));
          assertThat(b.gradientNorm()).isEqualTo(a.gradientNorm()).isPositive();
          sum.clear();
        }
        a.catchUpAll();
        b.catchUpAll();
        for (String parameter : List.of("large", "small")) {
          assertThat(two.column(parameter).bytes()).isEqualTo(one.column(parameter).bytes());
        }
        assertThat(b.state()).isEqualTo(a.state());
      }
    }
  }

  @Test
  void takesWholeGradientsOfTablesAsGradientsOfAllRows() {
    for (Name name : Name.values()) {
      try (ParameterStore one = store();
          ParameterStore two = store();
          Optimizer a = Values.config(name, 0.01, 0.1).optimizer(one, List.of(), 9, memory);
          Optimizer b = Values.config(name, 0.01, 0.1).optimizer(two, List.of(), 9, memory)) {
        Random random = new Random(3);
        for (int step = 1; step <= 5; step++) {
          Map<String, Gradient> rows = gradients(random, 50, 1);
          a.step(new GradientSet(rows), 2, step);
          Map<String, Gradient> whole = new LinkedHashMap<>(rows);
          double[] dense = dense(Values.at(rows, "table"), ROWS * DIM);
          float[] values = new float[dense.length];
          for (int i = 0; i < values.length; i++) {
            values[i] = (float) dense[i];
          }
          whole.put("table", Values.whole(values, ROWS, DIM));
          b.step(new GradientSet(whole), 2, step);
        }
        a.catchUpAll();
        b.catchUpAll();
        assertThat(one.column("table")).as(name.toString()).isEqualTo(two.column("table"));
      }
    }
  }

  @Test
  void givesTheSameBitsWhateverTheOrderOfRows() {
    for (Name name : Name.values()) {
      try (ParameterStore one = store();
          ParameterStore two = store();
          Optimizer a = Values.config(name, 0.01, 0.1).optimizer(one, List.of(), 9, memory);
          Optimizer b = Values.config(name, 0.01, 0.1).optimizer(two, List.of(), 9, memory)) {
        Map<String, Gradient> sums = gradients(new Random(3), 2, 1);
        Gradient.Rows rows = (Gradient.Rows) Values.at(sums, "table");
        float[] values = Values.floats(rows.sums());
        float[] swapped = new float[2 * DIM + DIM];
        System.arraycopy(values, DIM, swapped, 0, DIM);
        System.arraycopy(values, 0, swapped, DIM, DIM);
        Arrays.fill(swapped, 2 * DIM, swapped.length, Float.NaN); // Padding is not read.
        a.step(new GradientSet(sums), 1, 1);
        sums.put("table", Values.rows(new long[] {rows.rows()[1], rows.rows()[0]}, DIM, swapped));
        b.step(new GradientSet(sums), 1, 1);
        assertThat(one.column("table")).isEqualTo(two.column("table"));
        assertThat(one.column("weight")).isEqualTo(two.column("weight"));
      }
    }
  }

  @ParameterizedTest
  @EnumSource
  void leavesFrozenParametersAsTheyAreBitByBit(Name name) {
    try (ParameterStore store = store();
        Optimizer optimizer =
            Values.config(name, 0.1, 0.5)
                .optimizer(
                    store,
                    List.of(
                        ParameterGroup.freeze("table"),
                        new ParameterGroup("scale", null, false, 0, null)),
                    10,
                    memory)) {
      Column frozen = Values.copy(store.column("table"));
      Column weights = Values.copy(store.column("weight"));
      assertThat(optimizer.trainable()).containsExactly("weight", "scale");
      Random random = new Random(4);
      for (int step = 1; step <= 10; step++) {
        Map<String, Gradient> sums = gradients(random, 20, 1);
        if (step > 5) {
          sums.remove("table");
        } else if (step == 5) {
          sums.put("table", Values.rows(new long[] {3}, DIM, new float[] {Float.NaN, 0, 0, 0, 0}));
        }
        optimizer.catchUp("table", new long[] {1, 2, 3});
        optimizer.step(new GradientSet(sums), 1, step);
        optimizer.catchUpAll();
      }
      assertThat(store.column("table")).isEqualTo(frozen);
      assertThat(Values.floats(store.column("scale"))).containsExactly(1);
      assertThat(store.column("weight")).isNotEqualTo(weights);
      assertThat(optimizer.state())
          .containsOnlyKeys(
              "adam/step", "adam/m/weight", "adam/v/weight", "adam/m/scale", "adam/v/scale");
    }
  }

  @Test
  void givesGroupsTheirOwnRateAndDecay() {
    Parameter a = Parameter.dense("a", Initializer.ones(), 2);
    Parameter b = Parameter.dense("b", Initializer.ones(), 2);
    Parameter c = Parameter.dense("c", Initializer.ones(), 2);
    List<ParameterGroup> groups =
        List.of(
            new ParameterGroup("a", null, false, 0.5, null),
            new ParameterGroup("b", null, false, 1, 0.0));
    try (ParameterStore store = new ParameterStore(List.of(a, b, c), memory);
        Optimizer optimizer =
            Values.config(Name.ADAMW, 0.1, 0.2).optimizer(store, groups, 1, memory)) {
      store.initialise(0);
      Gradient gradient = Values.whole(new float[] {4, -4}, 2);
      optimizer.step(new GradientSet(Map.of("a", gradient, "b", gradient, "c", gradient)), 2, 1);
      // The first step moves by the rate against the gradient's sign, after the decay.
      check(store, "a", 1 - 0.05 * 0.2 - 0.05, 1 - 0.05 * 0.2 + 0.05);
      check(store, "b", 0.9, 1.1);
      check(store, "c", 1 - 0.02 - 0.1, 1 - 0.02 + 0.1);
    }
  }

  private static void check(ParameterStore store, String name, double first, double second) {
    float[] values = Values.floats(store.column(name));
    assertThat((double) values[0]).isCloseTo(first, within(1e-6));
    assertThat((double) values[1]).isCloseTo(second, within(1e-6));
  }

  @ParameterizedTest
  @EnumSource
  void continuesFromASavedStateWithTheSameBits(Name name) {
    OptimizerConfig config =
        new OptimizerConfig(name, 0.05, 0.9, 0.98, 1e-8, 0.1, 3, Schedule.Shape.COSINE, 0.1, 5.0);
    try (ParameterStore one = store();
        ParameterStore two = new ParameterStore(one.parameters(), memory);
        Optimizer a = config.optimizer(one, List.of(), 20, memory)) {
      Random random = new Random(6);
      for (int step = 1; step <= 8; step++) {
        a.step(new GradientSet(gradients(random, 30, 1)), 2, step);
      }
      Map<String, Column> saved = new LinkedHashMap<>();
      a.state().forEach((key, column) -> saved.put(key, Values.copy(column)));
      one.parameters().forEach(p -> two.copyIn(p.name(), one.column(p.name()).bytes()));
      try (Optimizer b = config.optimizer(two, List.of(), 20, memory)) {
        b.restore(saved);
        assertThat(b.state()).isEqualTo(a.state());
        assertThat(b.completedSteps()).isEqualTo(8);
        for (int step = 9; step <= 20; step++) {
          Map<String, Gradient> sums = gradients(random, 30, 1);
          a.step(new GradientSet(sums), 2, step);
          b.step(new GradientSet(sums), 2, step);
        }
        a.catchUpAll();
        b.catchUpAll();
        one.parameters()
            .forEach(p -> assertThat(two.column(p.name())).isEqualTo(one.column(p.name())));
      }
    }
  }

  @Test
  void refusesTheStateOfAnotherOptimizer() {
    try (ParameterStore store = store();
        Optimizer dense = Values.config(Name.ADAMW, 0.1, 0).optimizer(store, List.of(), 1, memory);
        Optimizer replay =
            Values.config(Name.REPLAY_ADAMW, 0.1, 0).optimizer(store, List.of(), 1, memory);
        Optimizer rowwise =
            Values.config(Name.ROWWISE_ADAMW, 0.1, 0).optimizer(store, List.of(), 1, memory)) {
      assertThatThrownBy(() -> dense.restore(replay.state()))
          .isInstanceOfSatisfying(
              GenRecException.class, e -> assertThat(e.id()).isEqualTo("WrongState"))
          .hasMessageContaining("unknown [adam/last_step/table]");
      assertThatThrownBy(() -> replay.restore(dense.state()))
          .hasMessageContaining("missing [adam/last_step/table]");
      assertThatThrownBy(() -> dense.restore(rowwise.state()))
          .isInstanceOfSatisfying(
              GenRecException.class, e -> assertThat(e.id()).isEqualTo("WrongState"))
          .hasMessageContaining("\"adam/v/table\" is FLOAT[700] but this optimizer needs")
          .hasMessageContaining("FLOAT[700, 5]");
    }
  }

  @Test
  void namesTheParameterWhoseGradientIsNotFiniteAndChangesNothing() {
    for (float bad : new float[] {Float.NaN, Float.POSITIVE_INFINITY, Float.NEGATIVE_INFINITY}) {
      try (ParameterStore store = store();
          Optimizer optimizer =
              Values.config(Name.LAZY_ADAMW, 0.1, 0.1).optimizer(store, List.of(), 1, memory)) {
        Column before = Values.copy(store.column("weight"));
        Map<String, Gradient> sums = gradients(new Random(1), 3, 1);
        sums.put("table", Values.rows(new long[] {8, 5}, DIM, 0, 0, 0, 0, 0, 0, 0, bad, 0, 0));
        assertThatThrownBy(() -> optimizer.step(new GradientSet(sums), 1, 1))
            .isInstanceOfSatisfying(
                GenRecException.class, e -> assertThat(e.id()).isEqualTo("NotFinite"))
            .hasMessageContaining("\"table\" is " + bad + " at row 5, column 2 in step 1");
        assertThat(store.column("weight")).isEqualTo(before);
        assertThat(optimizer.completedSteps()).isZero();
      }
    }
  }

  @Test
  void acceptsTheLargestFiniteGradients() {
    Parameter p = Parameter.dense("p", Initializer.ones(), 1);
    OptimizerConfig config =
        new OptimizerConfig(
            Name.ADAMW, 0.1, 0.9, 0.98, 1e-8, 0, 0, Schedule.Shape.CONSTANT, 0, 1.0);
    try (ParameterStore store = new ParameterStore(List.of(p), memory);
        Optimizer optimizer = config.optimizer(store, List.of(), 1, memory)) {
      store.initialise(0);
      optimizer.step(
          new GradientSet(Map.of("p", Values.whole(new float[] {Float.MAX_VALUE}, 1))), 1, 1);
      assertThat((double) Values.floats(store.column("p"))[0]).isCloseTo(0.9, within(1e-6));
    }
  }

  @Test
  void refusesStepsThatItCannotMake() {
    try (ParameterStore store = store();
        Optimizer optimizer =
            Values.config(Name.ADAMW, 0.1, 0).optimizer(store, List.of(), 1, memory)) {
      Map<String, Gradient> sums = gradients(new Random(1), 3, 1);
      GradientSet all = new GradientSet(sums);
      assertThatThrownBy(() -> optimizer.step(all, 0, 1)).hasMessageContaining("above 0");
      assertThatThrownBy(() -> optimizer.step(all, Double.NaN, 1)).hasMessageContaining("above 0");
      assertThatThrownBy(() -> optimizer.step(all, 1, 0)).hasMessageContaining("count from 1");
      assertThatThrownBy(() -> optimizer.step(all, 1, 2))
          .hasMessageContaining("step 2 cannot follow step 0");
      sums.remove("weight");
      assertThatThrownBy(() -> optimizer.step(new GradientSet(sums), 1, 1))
          .isInstanceOfSatisfying(
              GenRecException.class, e -> assertThat(e.id()).isEqualTo("MissingGradient"))
          .hasMessageContaining("\"weight\"");
      sums.put("weigth", Values.at(all.byParameter(), "weight"));
      assertThatThrownBy(() -> optimizer.step(new GradientSet(sums), 1, 1))
          .isInstanceOfSatisfying(
              GenRecException.class, e -> assertThat(e.id()).isEqualTo("UnknownParameter"))
          .hasMessageContaining("did you mean \"weight\"?");
      assertThatThrownBy(() -> optimizer.catchUp("table", new long[] {-1}))
          .isInstanceOfSatisfying(
              GenRecException.class, e -> assertThat(e.id()).isEqualTo("NoSuchRow"));
      assertThatThrownBy(
              () ->
                  Values.config(Name.ADAMW, 0.1, 0)
                      .optimizer(store, List.of(ParameterGroup.freeze("x")), 1, memory))
          .isInstanceOfSatisfying(
              GenRecException.class, e -> assertThat(e.id()).isEqualTo("PatternMatchesNothing"));
    }
  }

  @Test
  void keepsMomentsOutOfTheSubnormalNumbers() {
    Parameter p = Parameter.dense("p", Initializer.ones(), 4);
    try (ParameterStore store = new ParameterStore(List.of(p), memory);
        Optimizer optimizer =
            Values.config(Name.ADAMW, 0.01, 0).optimizer(store, List.of(), 1, memory)) {
      store.initialise(0);
      Gradient some = Values.whole(new float[] {1, -1e-3f, 1e-6f, 1e-12f}, 4);
      Gradient none = Values.whole(new float[4], 4);
      for (int step = 1; step <= 6_000; step++) {
        optimizer.step(new GradientSet(Map.of("p", step == 1 ? some : none)), 1, step);
      }
      for (String moment : List.of("adam/m/p", "adam/v/p")) {
        for (float value : Values.floats(Values.at(optimizer.state(), moment))) {
          assertThat(value == 0 || Math.abs(value) >= Float.MIN_NORMAL).isTrue();
          assertThat((double) value).isCloseTo(0, within(1e-29));
        }
      }
      // The same in 64 bits, where nothing is that small.
      double[] g = {1, -1e-3f, 1e-6f, 1e-12f};
      float[] actual = Values.floats(store.column("p"));
      for (int i = 0; i < g.length; i++) {
        double expected = 1;
        for (int t = 1; t <= 6_000; t++) {
          double m = 0.1 * g[i] * Math.pow(0.9, t - 1) / (1 - Math.pow(0.9, t));
          double v = 0.02 * g[i] * g[i] * Math.pow(0.98, t - 1) / (1 - Math.pow(0.98, t));
          expected -= 0.01 * m / (Math.sqrt(v) + 1e-8);
        }
        assertThat((double) actual[i]).isCloseTo(expected, within(2e-6));
      }
    }
  }

  @Test
  void refusesToTouchAClosedStore() {
    try (ParameterStore store = store();
        Optimizer optimizer =
            Values.config(Name.ADAMW, 0.1, 0).optimizer(store, List.of(), 1, memory)) {
      store.close();
      assertThatThrownBy(
              () -> optimizer.step(new GradientSet(gradients(new Random(1), 3, 1)), 1, 1))
          .isInstanceOf(IllegalStateException.class)
          .hasMessageContaining("closed");
    }
  }
}
