package io.genrec.engine.optimizer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.genrec.api.GenRecException;
import io.genrec.api.graph.Initializer;
import io.genrec.api.graph.Parameter;
import java.nio.FloatBuffer;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.memory.RootAllocator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Moments that move with their rows into a table of another order and size. */
class RestoreRowsTest {
  private static final int DIM = 3;

  /** Row i of the second table is this row of the first, or new. */
  private static final int[] MOVED = {0, 4, -1, 1, 5, -1, 2};

  private static final int OLD_ROWS = 6;

  private static Parameter table(int rows) {
    return Parameter.embedding("table", Initializer.normal(0.3), rows, DIM);
  }

  private static float[] row(ParameterStore store, long row) {
    FloatBuffer out = FloatBuffer.allocate(DIM);
    store.gatherRows("table", new long[] {row}, out);
    return out.array();
  }

  private static void step(Optimizer optimizer, long[] rows, float[] values, long step) {
    optimizer.catchUp("table", rows);
    Map<String, Gradient> gradients = new LinkedHashMap<>();
    gradients.put("table", Values.rows(rows, DIM, values));
    optimizer.step(new GradientSet(gradients), 1, step);
  }

  /** The same gradients of the same ids give the same values, wherever their rows stand. */
  @ParameterizedTest
  @EnumSource(OptimizerConfig.Name.class)
  void momentsMoveWithTheirRows(OptimizerConfig.Name name) {
    OptimizerConfig config =
        new OptimizerConfig(name, 0.05, 0.9, 0.98, 1e-8, 0.1, 0, Schedule.Shape.CONSTANT, 1, null);
    Random random = new Random(3);
    try (BufferAllocator memory = new RootAllocator();
        ParameterStore before = new ParameterStore(List.of(table(OLD_ROWS)), memory);
        ParameterStore after = new ParameterStore(List.of(table(MOVED.length)), memory);
        Optimizer first = config.optimizer(before, List.of(), 100, memory);
        Optimizer second = config.optimizer(after, List.of(), 100, memory)) {
      before.initialise(1);
      after.initialise(2);
      for (int step = 1; step <= 6; step++) {
        // Row 5 is not touched after the second step: what lags behind must still do so.
        long[] rows = step <= 2 ? new long[] {1, 2, 5} : new long[] {1, 4};
        step(first, rows, Values.normal(random, rows.length * DIM, 1), step);
      }
      float[] fresh = row(after, 2);
      for (int row = 0; row < MOVED.length; row++) {
        if (MOVED[row] >= 0) {
          after.putRows("table", new long[] {row}, FloatBuffer.wrap(row(before, MOVED[row])));
        }
      }
      second.restore(first.state(), Map.of("table", MOVED));
      assertThat(second.completedSteps()).isEqualTo(6);
      assertThat(row(after, 2)).isEqualTo(fresh);

      // Ids in rows 4 and 1 of the first table stand in rows 1 and 3 of the second.
      float[] values = Values.normal(random, 2 * DIM, 1);
      step(first, new long[] {4, 1}, values, 7);
      step(second, new long[] {1, 3}, values, 7);
      first.catchUpAll();
      second.catchUpAll();
      for (int row = 0; row < MOVED.length; row++) {
        if (MOVED[row] >= 0) {
          assertThat(row(after, row)).as("row " + row).isEqualTo(row(before, MOVED[row]));
        }
      }
      // A new row has no momentum and missed no step: at most the decay of this one moved it.
      boolean whole =
          name == OptimizerConfig.Name.ADAMW || name == OptimizerConfig.Name.REPLAY_ADAMW;
      for (int i = 0; i < DIM; i++) {
        float decayed = whole ? fresh[i] * (float) (1 - 0.05 * 0.1) : fresh[i];
        assertThat(row(after, 2)[i]).isEqualTo(decayed);
      }
    }
  }

  @Test
  void rowsOfAnotherWidthAreRefused() {
    OptimizerConfig config = OptimizerConfig.adamw(0.01);
    Parameter wide = Parameter.embedding("table", Initializer.zeros(), OLD_ROWS, DIM + 1);
    try (BufferAllocator memory = new RootAllocator();
        ParameterStore before = new ParameterStore(List.of(wide), memory);
        ParameterStore after = new ParameterStore(List.of(table(MOVED.length)), memory);
        Optimizer first = config.optimizer(before, List.of(), 100, memory);
        Optimizer second = config.optimizer(after, List.of(), 100, memory)) {
      assertThatThrownBy(() -> second.restore(first.state(), Map.of("table", MOVED)))
          .isInstanceOf(GenRecException.class)
          .hasMessageContaining("[GR/WrongState]");
    }
  }
}
