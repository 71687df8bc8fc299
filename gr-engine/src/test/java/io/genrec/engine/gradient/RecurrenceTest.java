package io.genrec.engine.gradient;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.genrec.api.graph.Dropout;
import io.genrec.api.graph.ElementType;
import io.genrec.api.graph.Gradients;
import io.genrec.api.graph.Graph;
import io.genrec.api.graph.Initializer;
import io.genrec.api.graph.Parameter;
import io.genrec.api.graph.Recurrence;
import io.genrec.api.graph.Shape;
import io.genrec.api.graph.Tensor;
import io.genrec.engine.runtime.Evaluation;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** Recurrences against loops in plain Java, in 64 bits. */
class RecurrenceTest {
  private static final int STEPS = 4;
  private static final int BATCH = 3;
  private static final int DIM = 2;

  private final double[] x = new Random(5).doubles(STEPS * BATCH * DIM, -1, 1).toArray();
  private final double[] w = new Random(6).doubles(DIM * DIM, -1, 1).toArray();

  private Evaluation run(Graph graph) {
    return Evaluation.exact(graph).reals("x", x, STEPS, BATCH, DIM).reals("w", w, DIM, DIM);
  }

  private static Tensor steps(Graph graph) {
    return graph.input("x", ElementType.FLOAT, "steps", "batch", DIM);
  }

  /** h = tanh(x + h W + 1), from 0; each step's h, and below it what goes before. */
  private double[] states(double[] mask) {
    double[] h = new double[BATCH * DIM];
    double[] all = new double[STEPS * BATCH * DIM];
    for (int t = 0; t < STEPS; t++) {
      double[] next = new double[h.length];
      for (int b = 0; b < BATCH; b++) {
        for (int d = 0; d < DIM; d++) {
          double sum = x[(t * BATCH + b) * DIM + d];
          for (int c = 0; c < DIM; c++) {
            int at = b * DIM + c;
            sum += h[at] * mask[at] * w[c * DIM + d];
          }
          next[b * DIM + d] = Math.tanh(sum);
        }
      }
      h = next;
      System.arraycopy(h, 0, all, t * h.length, h.length);
    }
    return all;
  }

  private static double[] ones() {
    double[] ones = new double[BATCH * DIM];
    java.util.Arrays.fill(ones, 1);
    return ones;
  }

  private static final Parameter W = Parameter.dense("w", Initializer.zeros(), DIM, DIM);

  private static Recurrence.Result network(Tensor steps, Dropout dropout) {
    Tensor start = steps.graph().zeros(Shape.of("batch", DIM));
    return Recurrence.over(
        List.of(start),
        List.of(steps),
        List.of(),
        (states, now, constants) -> {
          Tensor h = dropout.apply(states.get(0));
          Tensor next = now.get(0).plus(h.matmul(W.in(h))).tanh();
          return new Recurrence.Step(List.of(next), List.of(next.minus(states.get(0))));
        });
  }

  @Test
  void equalsALoop() {
    Graph graph = Graph.inference("recurrence");
    Recurrence.Result result = network(steps(graph), new Dropout("h", 0.5));
    graph.output("states", result.states().get(0));
    graph.output("last", result.last().get(0));
    graph.output("changes", result.outputs().get(0));
    assertThat(graph.parameters()).containsOnlyKeys("w");
    double[] expected = states(ones());
    int size = BATCH * DIM;
    try (Evaluation run = run(graph).run()) {
      assertThat(run.sizeOf("states")).containsExactly(STEPS, BATCH, DIM);
      assertThat(run.get("states")).containsExactly(expected, within(1e-14));
      assertThat(run.get("last"))
          .containsExactly(
              java.util.Arrays.copyOfRange(expected, (STEPS - 1) * size, STEPS * size),
              within(1e-14));
      double[] changes = run.get("changes");
      for (int i = 0; i < changes.length; i++) {
        double before = i < size ? 0 : expected[i - size];
        assertThat(changes[i]).isCloseTo(expected[i] - before, within(1e-14));
      }
    }
  }

  @Test
  void aDropoutSiteDropsTheSameEntriesAtEveryStep() {
    Graph graph = Graph.training("recurrence");
    Tensor steps = steps(graph);
    Tensor all = network(steps, new Dropout("h", 0.5)).states().get(0);
    graph.output("states", all);
    graph.output("dw", Gradients.of(all.sumAll(), List.of(W.in(graph))).get(0));
    assertThat(graph.dropouts()).containsOnlyKeys("dropout/h");
    double[] mask = {2, 0, 0, 0, 2, 2};
    try (Evaluation run = run(graph).reals("dropout/h", mask, BATCH, DIM).run()) {
      assertThat(run.get("states")).containsExactly(states(mask), within(1e-14));
      double[] slope = run.get("dw");
      for (int i = 0; i < w.length; i++) {
        double there = w[i];
        w[i] = there + 1e-6;
        double above = java.util.Arrays.stream(states(mask)).sum();
        w[i] = there - 1e-6;
        double below = java.util.Arrays.stream(states(mask)).sum();
        w[i] = there;
        assertThat(slope[i]).isCloseTo((above - below) / 2e-6, within(1e-8));
      }
    }
  }

  @Test
  void anInputOfTheGraphIsReadByName() {
    Graph graph = Graph.inference("recurrence");
    Tensor steps = steps(graph);
    Tensor sums =
        Recurrence.over(
                List.of(graph.zeros(Shape.of("batch", DIM))),
                List.of(steps),
                List.of(),
                (states, now, constants) -> {
                  Tensor same = now.get(0).graph().input("shift", ElementType.FLOAT, DIM);
                  return Recurrence.Step.of(states.get(0).plus(now.get(0)).plus(same));
                })
            .states()
            .get(0);
    graph.output("sums", sums.minus(steps.cumulativeSum(0)));
    assertThat(graph.inputs()).containsOnlyKeys("shift", "x");
    try (Evaluation run = run(graph).reals("shift", new double[] {3, -5}, DIM).run()) {
      double[] shifts = run.get("sums");
      for (int i = 0; i < shifts.length; i++) {
        int count = i / (BATCH * DIM) + 1;
        assertThat(shifts[i]).isCloseTo(count * (i % DIM == 0 ? 3 : -5), within(1e-13));
      }
    }
  }
}
