package io.genrec.engine.optimizer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.genrec.api.graph.Initializer;
import io.genrec.api.graph.Parameter;
import io.genrec.api.sequence.Batch.Column;
import io.genrec.engine.optimizer.OptimizerConfig.Name;
import java.nio.FloatBuffer;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.memory.RootAllocator;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ReplayUpdateTest {
  private static final int ROWS = 60;
  private static final int DIM = 6;

  private final BufferAllocator memory = new RootAllocator();
  private final Parameter table = Parameter.embedding("table", Initializer.normal(1), ROWS, DIM);

  @AfterEach
  void allMemoryIsBack() {
    assertThat(memory.getAllocatedMemory()).isZero();
    memory.close();
  }

  private static OptimizerConfig config(Name name, double decay, Schedule.Shape shape) {
    return new OptimizerConfig(name, 0.01, 0.9, 0.98, 1e-8, decay, 20, shape, 0.1, 3.0);
  }

  private ParameterStore store() {
    ParameterStore store = new ParameterStore(List.of(table), memory);
    store.initialise(1);
    return store;
  }

  private static GradientSet few(Random random, int rows) {
    long[] ids = random.longs(0, ROWS).distinct().limit(rows).toArray();
    return new GradientSet(
        Map.of("table", Values.rows(ids, DIM, Values.normal(random, rows * DIM, 1))));
  }

  private static float[] row(ParameterStore store, long row) {
    FloatBuffer values = FloatBuffer.allocate(DIM);
    store.gatherRows("table", new long[] {row}, values);
    return values.array();
  }

  private static void checkAll(ParameterStore actual, ParameterStore expected) {
    float[] a = Values.floats(actual.column("table"));
    float[] b = Values.floats(expected.column("table"));
    for (int i = 0; i < a.length; i++) {
      assertThat((double) a[i]).as("entry %d", i).isCloseTo(b[i], within(1e-6));
    }
  }

  @ParameterizedTest
  @CsvSource({"0,CONSTANT", "0.1,CONSTANT", "0.1,COSINE", "1e-5,COSINE"})
  void equalsTheDenseOptimizerWhereverItIsRead(double decay, Schedule.Shape shape) {
    OptimizerConfig config = config(Name.REPLAY_ADAMW, decay, shape);
    try (ParameterStore dense = store();
        ParameterStore lagging = store();
        Optimizer reference =
            config(Name.ADAMW, decay, shape).optimizer(dense, List.of(), 200, memory)) {
      Optimizer replay = config.optimizer(lagging, List.of(), 200, memory);
      try {
        Random random = new Random(9);
        for (int step = 1; step <= 200; step++) {
          long read = random.nextInt(ROWS);
          replay.catchUp("table", new long[] {read, read});
          float[] expected = row(dense, read);
          float[] actual = row(lagging, read);
          for (int i = 0; i < DIM; i++) {
            assertThat((double) actual[i]).isCloseTo(expected[i], within(1e-6));
          }
          GradientSet gradients = few(random, 1 + random.nextInt(3));
          reference.step(gradients, 2, step);
          replay.step(gradients, 2, step);
          if (step == 90) {
            // Saved and restored while rows lag behind.
            Map<String, Column> state = new LinkedHashMap<>();
            replay.state().forEach((name, column) -> state.put(name, Values.copy(column)));
            replay.close();
            replay = config.optimizer(lagging, List.of(), 200, memory);
            replay.restore(state);
          } else if (step == 140) {
            replay.catchUpAll();
            checkAll(lagging, dense);
          }
        }
        replay.catchUpAll();
        checkAll(lagging, dense);
      } finally {
        replay.close();
      }
    }
  }

  @Test
  void equalsTheDenseOptimizerAfterMomentumHasDiedOut() {
    int steps = 1_500;
    try (ParameterStore dense = store();
        ParameterStore lagging = store();
        Optimizer reference =
            config(Name.ADAMW, 0.05, Schedule.Shape.COSINE)
                .optimizer(dense, List.of(), steps, memory);
        Optimizer replay =
            config(Name.REPLAY_ADAMW, 0.05, Schedule.Shape.COSINE)
                .optimizer(lagging, List.of(), steps, memory)) {
      Random random = new Random(3);
      for (int step = 1; step <= steps; step++) {
        GradientSet gradients =
            step < 20 || step > steps - 10
                ? few(random, 20)
                : new GradientSet(Map.of("table", Values.rows(new long[0], DIM)));
        reference.step(gradients, 1, step);
        replay.step(gradients, 1, step);
      }
      replay.catchUpAll();
      checkAll(lagging, dense);
      for (String moment : List.of("adam/m/table", "adam/v/table")) {
        float[] a = Values.floats(Values.at(replay.state(), moment));
        float[] b = Values.floats(Values.at(reference.state(), moment));
        for (int i = 0; i < a.length; i++) {
          assertThat((double) a[i]).isCloseTo(b[i], within(1e-7 + 1e-5 * Math.abs(b[i])));
        }
      }
    }
  }

  @Test
  void replaysBitForBitWhileMomentumLasts() {
    try (ParameterStore dense = store();
        ParameterStore lagging = store();
        Optimizer reference =
            config(Name.ADAMW, 0.1, Schedule.Shape.COSINE)
                .optimizer(dense, List.of(), 100, memory);
        Optimizer replay =
            config(Name.REPLAY_ADAMW, 0.1, Schedule.Shape.COSINE)
                .optimizer(lagging, List.of(), 100, memory)) {
      Random random = new Random(4);
      for (int step = 1; step <= 100; step++) {
        GradientSet gradients = few(random, 2);
        reference.step(gradients, 1, step);
        replay.step(gradients, 1, step);
      }
      replay.catchUpAll();
      assertThat(lagging.column("table")).isEqualTo(dense.column("table"));
    }
  }
}
