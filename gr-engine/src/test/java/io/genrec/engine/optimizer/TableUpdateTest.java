package io.genrec.engine.optimizer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.genrec.api.graph.Initializer;
import io.genrec.api.graph.Parameter;
import io.genrec.engine.optimizer.OptimizerConfig.Name;
import java.util.List;
import java.util.Map;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.memory.RootAllocator;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/**
 * Two steps of a table of ones, [3, 2], worked by hand: beta1 = 1/2, beta2 = 3/4, rate 0.1, decay
 * 0.2, so a row that moves is first multiplied by 0.98.
 *
 * <p>Step 1 has the gradients (3, 4) for row 0; step 2 has (3, 4) for row 0 and (6, 8) for row 1.
 */
class TableUpdateTest {
  private final BufferAllocator memory = new RootAllocator();
  private final Parameter table = Parameter.embedding("table", Initializer.ones(), 3, 2);

  @AfterEach
  void allMemoryIsBack() {
    assertThat(memory.getAllocatedMemory()).isZero();
    memory.close();
  }

  private float[] afterTwoSteps(Name name, boolean caughtUp) {
    OptimizerConfig config =
        new OptimizerConfig(name, 0.1, 0.5, 0.75, 1e-8, 0.2, 0, Schedule.Shape.CONSTANT, 0, null);
    try (ParameterStore store = new ParameterStore(List.of(table), memory);
        Optimizer optimizer = config.optimizer(store, List.of(), 2, memory)) {
      store.initialise(0);
      // Sums of a batch of weight 2.
      optimizer.step(new GradientSet(Map.of("table", Values.rows(new long[] {0}, 2, 6, 8))), 2, 1);
      optimizer.step(
          new GradientSet(Map.of("table", Values.rows(new long[] {1, 0}, 2, 12, 16, 6, 8))), 2, 2);
      if (caughtUp) {
        optimizer.catchUpAll();
      }
      return Values.floats(store.column("table"));
    }
  }

  private static void check(float[] actual, double... expected) {
    for (int i = 0; i < expected.length; i++) {
      assertThat((double) actual[i]).as("entry %d", i).isCloseTo(expected[i], within(1e-6));
    }
  }

  // Row 0, whose gradient is the same in both steps, has corrected moments m = g, v = g g in both:
  // it moves by 0.1 each time: 1 * 0.98 - 0.1 = 0.88; 0.88 * 0.98 - 0.1 = 0.7624.
  private static final double ROW_0 = 0.7624;

  // Row 1 in step 2: m = g / 2, corrected by 1 - 1/4: 2/3 g; v = g g / 4, corrected by 1 - 9/16:
  // 4/7 g g. It moves by 0.1 (2/3) / sqrt(4/7).
  private static final double ROW_1_MOVE = 0.1 * (2.0 / 3) / Math.sqrt(4.0 / 7);

  @Test
  void lazyMovesTouchedRowsOnly() {
    double second = 0.98 - ROW_1_MOVE;
    check(afterTwoSteps(Name.LAZY_ADAMW, true), ROW_0, ROW_0, second, second, 1, 1);
  }

  @Test
  void denseDecaysUntouchedRowsToo() {
    double second = 0.98 * 0.98 - ROW_1_MOVE;
    double third = 0.98 * 0.98;
    check(afterTwoSteps(Name.ADAMW, false), ROW_0, ROW_0, second, second, third, third);
    check(afterTwoSteps(Name.REPLAY_ADAMW, true), ROW_0, ROW_0, second, second, third, third);
    // Row 2 is still as it was before anybody asks for it.
    check(afterTwoSteps(Name.REPLAY_ADAMW, false), ROW_0, ROW_0, second, second, 1, 1);
  }

  @Test
  void rowwiseDividesARowByOneRoot() {
    // The mean of squares of (3, 4) is 12.5, of (6, 8) 50. Row 0 has corrected m = g and v = 12.5
    // in both steps; row 1 has 2/3 g and 4/7 * 50.
    double root = Math.sqrt(12.5);
    double first = 0.98 * (0.98 - 0.1 * 3 / root) - 0.1 * 3 / root;
    double second = 0.98 * (0.98 - 0.1 * 4 / root) - 0.1 * 4 / root;
    double root1 = Math.sqrt(4.0 / 7 * 50);
    check(
        afterTwoSteps(Name.ROWWISE_ADAMW, true),
        first,
        second,
        0.98 - 0.1 * 4 / root1,
        0.98 - 0.1 * (16.0 / 3) / root1,
        1,
        1);
  }
}
