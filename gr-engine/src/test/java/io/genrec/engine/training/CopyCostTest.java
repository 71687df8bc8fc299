package io.genrec.engine.training;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.genrec.api.graph.ElementType;
import io.genrec.api.graph.Graph;
import io.genrec.api.graph.Initializer;
import io.genrec.api.graph.Parameter;
import io.genrec.api.graph.Tensor;
import io.genrec.engine.model.Model;
import io.genrec.engine.optimizer.OptimizerConfig;
import io.genrec.engine.program.Program;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;

class CopyCostTest {
  private static final Parameter TABLE = Parameter.embedding("table", Initializer.zeros(), 1000, 5);
  private static final Parameter W = Parameter.dense("w", Initializer.zeros(), 5, 3);

  /** The rows of some ids, times w, times a mask. */
  private static Program program(String optimizer, Set<String> partial) {
    Graph graph = Graph.training("train");
    Tensor ids = graph.input("ids", ElementType.INT64, "batch");
    Tensor mask = graph.input("mask", ElementType.FLOAT, "batch", 3);
    Tensor loss = TABLE.in(graph).gather(ids).matmul(W.in(graph)).times(mask).sumAll();
    graph.output(Model.LOSS, loss);
    graph.output(Model.GRADIENT + "table", TABLE.in(graph).times(2));
    graph.output(Model.GRADIENT + "w", W.in(graph).times(2));
    OptimizerConfig config =
        io.genrec.api.config.StrictConfig.parse("test", "{\"name\": \"" + optimizer + "\"}")
            .as(OptimizerConfig.class);
    return Program.of(StepsGraph.of(graph, config.formula(List.of(TABLE, W), List.of(), partial)));
  }

  @Test
  void countsStateOnceBothWaysAndBatchesOncePerStep() {
    Map<String, Long> sizes = Map.of("batch", 7L, "table.rows", 1000L);
    CopyCost cost =
        new CopyCost(program("adamw", Set.of()), (dim, k) -> sizes.getOrDefault(dim, 0L));
    // Values and two moments of 1000 * 5 and 5 * 3 entries, in and out.
    long state = 2 * 3 * (5000 + 15) * 4;
    // Ids, masks; the batch's weight and three numbers; loss and norm.
    long step = 7 * 8 + 7 * 3 * 4 + 4 + 3 * 4 + 2 * 4;
    assertThat(cost.bytes(1)).isEqualTo(state + step);
    assertThat(cost.bytes(20)).isEqualTo(state + 20 * step);

    // 1 ms of computing, a link of a million bytes a second.
    double copies = (state + 20 * step) / 1e6;
    assertThat(cost.share(20, 1e-3, 1e6)).isCloseTo(copies / (copies + 20e-3), within(1e-12));
    int least = cost.leastSteps(0.5, 1e-3, 1e6).orElseThrow();
    // Half of the time: state + k * step = 1000 k.
    assertThat(least).isEqualTo((int) Math.ceil(state / (1000.0 - step)));
    assertThat(cost.share(least - 1, 1e-3, 1e6)).isGreaterThanOrEqualTo(0.5);
    // Batches alone take longer than a thousandth of a second's computing.
    assertThat(cost.leastSteps(0.1, 1e-3, 1e6)).isEmpty();
  }

  @Test
  void countsTheRowsThatStepsNameAndOneMomentForEach() {
    CopyCost cost =
        new CopyCost(
            program("rowwise-adamw", Set.of("table")),
            (dim, k) -> dim.equals("batch") ? 7 : 10 * k);
    // Rows with a first moment for each entry and one second moment; each step says which it names.
    long rows = 2 * (5 + 5 + 1) * 4 * 10;
    long step = 7 * 8 + 7 * 3 * 4 + 4 + 3 * 4 + 2 * 4;
    assertThat(cost.bytes(4)).isEqualTo(4 * rows + 2 * 3 * 15 * 4 + 4 * step + 4 * 40);
  }
}
