package io.genrec.engine.onnx;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.genrec.api.GenRecException;
import io.genrec.api.graph.Dim;
import io.genrec.api.graph.ElementType;
import io.genrec.api.graph.Graph;
import io.genrec.api.graph.Op;
import io.genrec.api.graph.Recurrence;
import io.genrec.api.graph.Shape;
import io.genrec.api.graph.Tensor;
import io.genrec.api.graph.TensorType;
import io.genrec.engine.gradient.GradientCase;
import io.genrec.engine.gradient.GradientCases;
import io.genrec.engine.program.Program;
import io.genrec.engine.program.SafeScatter;
import io.genrec.engine.runtime.CompiledGraph;
import io.genrec.engine.runtime.Device;
import io.genrec.engine.runtime.SessionSettings;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class CudaKernelsTest {
  /** Every op with its gradient: {@code OpGradientTest} proves that no op is left out. */
  static Stream<Graph> graphs() {
    return Stream.concat(
        GradientCases.all().stream()
            .map(
                tried -> {
                  GradientCase.Built built = tried.build();
                  built.graph().output("result", built.result());
                  return built.withGradients();
                }),
        Stream.of(GradientCases.withoutGradient()));
  }

  @ParameterizedTest
  @MethodSource("graphs")
  void everyOpHasAKernel(Graph graph) {
    Program program = Program.of(graph);
    assertThat(CudaKernels.gaps(program, Precision.FLOAT32)).isEmpty();
    assertThat(CudaKernels.gaps(SafeScatter.rewrite(program), Precision.FLOAT32)).isEmpty();
  }

  @Test
  void wholeNumbersCannotBePadded() {
    Graph graph = Graph.inference("pads");
    try (var scope = graph.enter("tokens")) {
      graph.output("y", graph.input("x", ElementType.INT64, "n").pad(0, Dim.of(1), Dim.of(0)));
    }
    SessionSettings cuda = new SessionSettings(Device.parse("cuda:0"), 1, Precision.FLOAT32);
    assertThatThrownBy(() -> CompiledGraph.of(graph, cuda))
        .isInstanceOfSatisfying(
            GenRecException.class, e -> assertThat(e.id()).isEqualTo("NoCudaKernel"))
        .hasMessageContaining("\"pads\"")
        .hasMessageContaining("Pad in tokens")
        .hasMessageContaining("int64")
        .hasMessageContaining("use device \"cpu\"");
  }

  @Test
  void whatARecurrenceDoesIsLookedAt() {
    Graph graph = Graph.inference("recurrence");
    Tensor n = graph.input("n", ElementType.INT64, "steps", 3);
    try (var scope = graph.enter("counts")) {
      Recurrence.Result result =
          Recurrence.over(
              List.of(graph.zeros(Shape.of(3))),
              List.of(n),
              List.of(),
              (states, now, constants) ->
                  new Recurrence.Step(
                      List.of(states.get(0).plus(now.get(0).cast(ElementType.FLOAT))),
                      List.of(now.get(0).pad(0, Dim.of(1), Dim.of(0)))));
      graph.output("y", result.last().get(0));
      graph.output("z", result.outputs().get(0));
    }
    assertThat(CudaKernels.gaps(Program.of(graph), Precision.FLOAT32))
        .extracting(CudaKernels.Gap::toString)
        .singleElement()
        .asString()
        .contains("Pad in counts", "int64");
  }

  @Test
  void additionsByIndexAreFor32BitRealsOnly() {
    Graph graph = Graph.inference("counts");
    Tensor x = graph.input("x", ElementType.INT64, 5);
    Tensor ids = graph.input("ids", ElementType.INT64, "n");
    graph.output("y", x.scatterAdd(ids, ids));
    graph.output("z", x.scatterAddElements(0, ids, ids));
    assertThat(CudaKernels.gaps(Program.of(graph), Precision.FLOAT32))
        .extracting(CudaKernels.Gap::op)
        .containsExactlyInAnyOrder("ScatterND", "ScatterElements");
    assertThat(CudaKernels.gaps(Program.of(graph), Precision.FLOAT32))
        .allSatisfy(gap -> assertThat(gap.reason()).contains("reduction=add", "float"));
  }

  @Test
  void anOutputThatIsAnInputIsCopiedByAKernel() {
    Graph graph = Graph.inference("copy");
    graph.output("y", graph.input("x", ElementType.FLOAT, 5));
    assertThat(CudaKernels.gaps(Program.of(graph), Precision.FLOAT32)).isEmpty();
  }

  @Test
  void anOperatorOutsideTheTableIsAGap() {
    assertThat(gap("Hardmax")).contains("Hardmax", "no kernel");
    assertThat(gap("FastSilu")).contains("FastSilu", "not an operator", "17");
    // It came with opset 20.
    assertThat(gap("Gelu")).contains("not an operator");
    assertThat(gap("Exp")).isEmpty();
  }

  private static String gap(String name) {
    record Plugin(String name) implements Op.NotDifferentiable {
      @Override
      public String onnxName() {
        return name;
      }

      @Override
      public List<TensorType> infer(List<Tensor> inputs) {
        return List.of(inputs.get(0).type());
      }

      @Override
      public Map<String, Object> attributes() {
        return Map.of();
      }

      @Override
      public String notDifferentiable() {
        return "it is a test's";
      }
    }
    Graph graph = Graph.inference("plugin");
    graph.output("y", graph.input("x", ElementType.FLOAT, 5).apply(new Plugin(name)));
    List<CudaKernels.Gap> gaps = CudaKernels.gaps(Program.of(graph), Precision.FLOAT32);
    return gaps.isEmpty() ? "" : gaps.get(0).toString();
  }
}
