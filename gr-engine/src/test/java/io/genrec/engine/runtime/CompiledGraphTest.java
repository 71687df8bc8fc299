package io.genrec.engine.runtime;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.genrec.api.GenRecException;
import io.genrec.api.graph.Dim;
import io.genrec.api.graph.ElementType;
import io.genrec.api.graph.Gradients;
import io.genrec.api.graph.Graph;
import io.genrec.api.graph.Tensor;
import io.genrec.api.sequence.Batch;
import java.util.List;
import java.util.Map;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.memory.RootAllocator;
import org.junit.jupiter.api.Test;

class CompiledGraphTest {
  @Test
  void runsAGraphAndItsGradientInPlace() {
    Graph graph = Graph.inference("product");
    Tensor x = graph.input("x", ElementType.FLOAT, "rows", 2);
    Tensor w = graph.input("w", ElementType.FLOAT, 2, 1);
    Tensor loss = x.matmul(w).silu().sumAll();
    graph.output("loss", loss);
    graph.output("dw", Gradients.of(loss, List.of(w)).get(0));
    try (BufferAllocator memory = new RootAllocator();
        Batch inputs = new Batch(memory);
        Batch outputs = new Batch(memory);
        CompiledGraph compiled = CompiledGraph.of(graph, SessionSettings.cpu())) {
      inputs.floats("x", 3, 2).put(new float[] {1, 2, 3, 4, 5, 6});
      inputs.floats("w", 2, 1).put(new float[] {0.5f, -0.25f});
      compiled.run(inputs::column, outputs);
      double sum = 0;
      double[] slope = new double[2];
      for (double[] row : new double[][] {{1, 2}, {3, 4}, {5, 6}}) {
        double z = 0.5 * row[0] - 0.25 * row[1];
        double sigmoid = 1 / (1 + Math.exp(-z));
        sum += z * sigmoid;
        for (int i = 0; i < 2; i++) {
          slope[i] += row[i] * (sigmoid + z * sigmoid * (1 - sigmoid));
        }
      }
      assertThat(outputs.column("loss").bytes().getFloat(0))
          .isCloseTo((float) sum, org.assertj.core.data.Offset.offset(1e-5f));
      for (int i = 0; i < 2; i++) {
        assertThat(outputs.column("dw").bytes().getFloat(4 * i))
            .isCloseTo((float) slope[i], org.assertj.core.data.Offset.offset(1e-5f));
      }
    }
  }

  @Test
  void refusesInputsThatContradictEachOther() {
    Graph graph = Graph.inference("sizes");
    Tensor x = graph.input("x", ElementType.FLOAT, "rows", 2);
    Tensor y = graph.input("y", ElementType.FLOAT, Dim.of("rows").times(Dim.of(2)));
    Tensor z = graph.input("z", ElementType.FLOAT, "rows");
    graph.output("sum", x.sumAll().plus(y.sumAll()).plus(z.sumAll()));
    try (BufferAllocator memory = new RootAllocator();
        Batch inputs = new Batch(memory);
        Batch outputs = new Batch(memory);
        CompiledGraph compiled = CompiledGraph.of(graph, SessionSettings.cpu())) {
      inputs.floats("x", 3, 2);
      inputs.floats("y", 6);
      inputs.floats("z", 4);
      assertThatThrownBy(() -> compiled.run(inputs::column, outputs))
          .hasMessageContaining("[GR/WrongInput]")
          .hasMessageContaining("\"z\"")
          .hasMessageContaining("[rows]")
          .hasMessageContaining("rows=3")
          .hasMessageContaining("[4]");
      inputs.floats("z", 3);
      compiled.run(inputs::column, outputs);
      inputs.floats("y", 5);
      assertThatThrownBy(() -> compiled.run(inputs::column, outputs))
          .hasMessageContaining("[GR/WrongInput]")
          .hasMessageContaining("\"y\"")
          .hasMessageContaining("2*rows")
          .hasMessageContaining("[5]");
      inputs.longs("y", 6);
      assertThatThrownBy(() -> compiled.run(inputs::column, outputs))
          .hasMessageContaining("must be FLOAT")
          .hasMessageContaining("INT64[6]");
    }
  }

  @Test
  void anInputMaySayASizeThatNoAxisShows() {
    Graph graph = Graph.inference("top");
    Tensor x = graph.input("x", ElementType.FLOAT, "rows");
    graph.sizeInput("top_k");
    graph.output("top", x.topK(0, Dim.of("top_k")).values());
    try (Evaluation run =
        new Evaluation(graph, SessionSettings.cpu())
            .reals("x", new double[] {1, 3, 2, 5}, 4)
            .whole("top_k", new long[] {3}, 1)
            .run()) {
      assertThat(run.get("top")).containsExactly(5, 3, 2);
    }
  }

  @Test
  void refusesADimensionBeyondItsLimit() {
    Graph graph = Graph.inference("users");
    graph.output("y", graph.input("x", ElementType.FLOAT, "batch", "length").exp());
    graph.limit("length", 7);
    graph.limit("length", 4);
    graph.limit("length", 9);
    assertThat(graph.limits()).containsExactly(Map.entry("length", 4L));
    try (BufferAllocator memory = new RootAllocator();
        Batch inputs = new Batch(memory);
        Batch outputs = new Batch(memory);
        CompiledGraph compiled = CompiledGraph.of(graph, SessionSettings.cpu())) {
      inputs.floats("x", 9, 4);
      compiled.run(inputs::column, outputs);
      inputs.floats("x", 1, 5);
      assertThatThrownBy(() -> compiled.run(inputs::column, outputs))
          .isInstanceOf(GenRecException.class)
          .hasMessageContaining("[GR/TooLong] graph \"users\" was given 5 for \"length\"")
          .hasMessageContaining("at most 4")
          .hasMessageContaining("\"maxHistory\"");
    }
  }
}
