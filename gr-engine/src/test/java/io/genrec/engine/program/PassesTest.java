package io.genrec.engine.program;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.genrec.api.graph.ElementType;
import io.genrec.api.graph.Fused;
import io.genrec.api.graph.Gradients;
import io.genrec.api.graph.Graph;
import io.genrec.api.graph.Recurrence;
import io.genrec.api.graph.Tensor;
import io.genrec.engine.onnx.OnnxExport;
import io.genrec.engine.onnx.Precision;
import io.genrec.engine.runtime.Evaluation;
import io.genrec.engine.runtime.SessionSettings;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class PassesTest {
  private static final SessionSettings EXACT = SessionSettings.cpu().precision(Precision.FLOAT64);

  /** Embeddings, normalisation, products, a loss and its gradients. */
  private static Graph model() {
    Graph graph = Graph.inference("model");
    Tensor table = graph.input("table", ElementType.FLOAT, "rows", 4);
    Tensor ids = graph.input("ids", ElementType.INT64, "batch", "length");
    Tensor w = graph.input("w", ElementType.FLOAT, 4, 4);
    graph.input("unused", ElementType.FLOAT, 3);
    Tensor x = table.gather(ids).layerNorm(1e-5);
    Tensor y = x.matmul(w).silu().plus(x);
    graph.output("again", x.matmul(w).silu().plus(x));
    y.exp().log().softmax(-1);
    Tensor loss = y.matmul(y.swap(1, 2)).tanh().sumAll();
    graph.output("loss", loss);
    List<Tensor> gradients = Gradients.of(loss, List.of(table, w));
    graph.output("dtable", gradients.get(0));
    graph.output("dw", gradients.get(1));
    graph.output("same ids", ids);
    graph.output("states", recurrence(table, ids, x).states().get(0));
    graph.output("states again", recurrence(table, ids, x).states().get(0));
    Tensor last = recurrence(table, ids, x).last().get(0);
    graph.output("dtable of the last", Gradients.of(last.sumAll(), List.of(table)).get(0));
    return graph;
  }

  /** Steps that read rows, normalise, turn, and keep what nobody reads. */
  private static Recurrence.Result recurrence(Tensor table, Tensor ids, Tensor x) {
    return Recurrence.over(
        List.of(x.sum(1).squeeze(1)),
        List.of(ids.swap(0, 1)),
        List.of(table, table.exp()),
        (states, now, constants) -> {
          Tensor row = constants.get(0).gather(now.get(0));
          Tensor next = states.get(0).plus(row).layerNorm(1e-5).plus(row.cos()).plus(row.cos());
          return new Recurrence.Step(
              List.of(next), List.of(next.matmul(constants.get(1).swap(0, 1))));
        });
  }

  static Stream<Program> programs() {
    Program plain = Program.translate(model(), Set.of());
    return Stream.of(
        plain.after(Program::withoutRepetition),
        plain.after(Program::withoutDeadCode),
        plain.after(Program::withNamedOutputs),
        plain.after(SafeScatter::rewrite),
        plain.after(WideReals::norms),
        plain.after(ScatterInto::rewrite),
        Program.of(model()),
        Program.of(model()).after(SafeScatter::rewrite));
  }

  @ParameterizedTest
  @MethodSource("programs")
  void aPassKeepsTheResults(Program program) {
    try (Evaluation plain = run(Program.translate(model(), Set.of()));
        Evaluation passed = run(program)) {
      for (String output : model().outputs().keySet()) {
        assertThat(passed.get(output)).as(output).containsExactly(plain.get(output), within(1e-13));
        assertThat(passed.sizeOf(output)).as(output).isEqualTo(plain.sizeOf(output));
      }
    }
  }

  private static Evaluation run(Program program) {
    Random random = new Random(3);
    return new Evaluation(program, EXACT)
        .reals("table", random.doubles(20, -1, 1).toArray(), 5, 4)
        .whole("ids", new long[] {1, 4, 1, 0, 1, 4}, 2, 3)
        .reals("w", random.doubles(16, -1, 1).toArray(), 4, 4)
        .reals("unused", new double[3], 3)
        .run();
  }

  @Test
  void passesLeaveFewerSteps() {
    Program plain = Program.translate(model(), Set.of());
    Program once = plain.after(Program::withoutRepetition);
    Program alive = once.after(Program::withoutDeadCode);
    assertThat(once.steps()).hasSizeLessThan(plain.steps().size());
    assertThat(alive.steps()).hasSizeLessThan(once.steps().size());
    assertThat(count(plain, "Softmax")).isEqualTo(1);
    assertThat(count(alive, "Softmax")).isZero();
    // x.matmul(w) is built twice and computed once; the loss and three gradients have one each.
    assertThat(count(plain, "MatMul")).isEqualTo(count(alive, "MatMul") + 1);
    assertThat(alive.inputs()).containsOnlyKeys("table", "ids", "w");
    assertThat(alive.after(Program::withoutRepetition)).isEqualTo(alive);
    assertThat(alive.after(Program::withoutDeadCode)).isEqualTo(alive);
  }

  private static long count(Program program, String op) {
    return program.steps().stream().filter(step -> step.op().equals(op)).count();
  }

  /** The bodies of all recurrences. */
  private static List<Program> bodies(Program program) {
    return program.steps().stream()
        .flatMap(step -> step.attributes().values().stream())
        .filter(Subprogram.class::isInstance)
        .map(part -> ((Subprogram) part).program())
        .toList();
  }

  @Test
  void passesReachTheBodiesOfRecurrences() {
    Program plain = Program.translate(model(), Set.of());
    assertThat(count(plain, "Scan")).isEqualTo(4);
    assertThat(count(bodies(plain).get(0), "Cos")).isEqualTo(2);
    // The three equal recurrences are computed once.
    Program passed = Program.of(model());
    assertThat(count(passed, "Scan")).isEqualTo(2);
    Program forward = bodies(passed).get(0);
    assertThat(count(forward, "Cos")).isEqualTo(1);
    // Nobody reads the product, so the second constant is not read either.
    assertThat(count(forward, "MatMul")).isZero();
    assertThat(forward.inputs()).containsOnlyKeys("state0", "input0", "constant0");
    assertThat(forward.outputs()).containsOnlyKeys("next0", "states0");
    assertThat(count(passed, "Exp")).isZero();
    assertThat(bodies(passed)).anySatisfy(body -> assertThat(count(body, "ScatterND")).isOne());
    assertThat(bodies(SafeScatter.rewrite(passed)))
        .hasSize(2)
        .allSatisfy(body -> assertThat(count(body, "ScatterND")).isZero());
    // Rows are added into the sum of earlier steps, not to zeros and then to that sum.
    assertThat(bodies(passed))
        .allSatisfy(body -> assertThat(count(body, "ConstantOfShape")).isZero());
    assertThat(bodies(WideReals.norms(passed)))
        .allSatisfy(body -> assertThat(count(body, "LayerNormalization")).isZero());
    assertThat(bodies(WideReals.rewrite(passed)))
        .hasSize(2)
        .allSatisfy(body -> assertThat(count(body, "LayerNormalization")).isZero())
        .allSatisfy(body -> assertThat(count(body, "Cos")).isZero());
  }

  /** A table read twice, and a table that is read and multiplied with. */
  @Test
  void gradientsOfATableAreAddedIntoEachOther() {
    Graph graph = Graph.inference("twice");
    Tensor table = graph.input("table", ElementType.FLOAT, "rows", 2);
    Tensor ids = graph.input("ids", ElementType.INT64, "n");
    Tensor twice = table.gather(ids).times(table.gather(ids.modulo(graph.constant(2L))));
    Tensor loss = twice.sumAll().plus(table.square().sumAll());
    graph.output("d", Gradients.of(loss, List.of(table)).get(0));
    Program plain = Program.translate(graph, Set.of()).after(Program::withoutRepetition);
    Program better = Program.of(graph);

    assertThat(count(plain.after(Program::withoutDeadCode), "ConstantOfShape")).isEqualTo(1);
    assertThat(count(better, "ConstantOfShape")).isZero();
    assertThat(count(better, "ScatterND")).isEqualTo(2);
    double[] values = new Random(1).doubles(8, -1, 1).toArray();
    long[] drawn = {3, 1, 3, 2, 0};
    try (Evaluation one = new Evaluation(plain, EXACT);
        Evaluation other = new Evaluation(better, EXACT)) {
      for (Evaluation run : List.of(one, other)) {
        run.reals("table", values, 4, 2).whole("ids", drawn, 5).run();
      }
      assertThat(other.get("d")).containsExactly(one.get("d"), within(1e-14));
    }
  }

  @Test
  void equalGraphsGiveEqualBytes() {
    OnnxExport export = new OnnxExport(Precision.FLOAT32).metadata("b", "2").metadata("a", "1");
    OnnxExport other = new OnnxExport(Precision.FLOAT32).metadata("a", "1").metadata("b", "2");
    assertThat(export.bytes(Program.of(model()))).isEqualTo(other.bytes(Program.of(model())));
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3})
  void rewrittenAdditionsByIndexAreEqual(int rank) {
    Graph graph = Graph.inference("scatter");
    Object[] shape = {new Object[] {"rows"}, new Object[] {"rows", 3}, new Object[] {"rows", 3, 2}};
    Object[] dims = (Object[]) shape[rank - 1];
    Object[] updates = dims.clone();
    updates[0] = "n";
    graph.output(
        "y",
        graph
            .input("x", ElementType.FLOAT, dims)
            .scatterAdd(
                graph.input("ids", ElementType.INT64, "n"),
                graph.input("updates", ElementType.FLOAT, updates)));
    Program plain = Program.of(graph);
    Program safe = SafeScatter.rewrite(plain);
    assertThat(count(safe, "ScatterND")).isZero();
    int width = List.of(1, 3, 6).get(rank - 1);
    long[] ids = {4, 0, 4, 2, 4, 0, 1};
    for (int n : new int[] {7, 0}) {
      try (Evaluation one = new Evaluation(plain, EXACT);
          Evaluation other = new Evaluation(safe, EXACT)) {
        for (Evaluation run : List.of(one, other)) {
          Random random = new Random(rank);
          run.reals("x", random.doubles(5L * width).toArray(), size(5, rank));
          run.whole("ids", java.util.Arrays.copyOf(ids, n), n);
          run.reals("updates", random.doubles((long) n * width).toArray(), size(n, rank)).run();
        }
        assertThat(other.get("y")).containsExactly(one.get("y"), within(1e-14));
      }
    }
  }

  private static long[] size(long rows, int rank) {
    return java.util.Arrays.copyOf(new long[] {rows, 3, 2}, rank);
  }

  /** ONNX Runtime's own ScatterND is wrong here with several threads in most runs. */
  @ParameterizedTest
  @ValueSource(ints = {1, 2, 4})
  void manyRowsOntoFewAreAlwaysSummedRightly(int threads) {
    int updates = 8_000;
    int rows = 129;
    int width = 16;
    Graph graph = Graph.inference("race");
    Tensor table = graph.input("table", ElementType.FLOAT, "rows", width);
    Tensor ids = graph.input("ids", ElementType.INT64, "n");
    Tensor weight = graph.input("weight", ElementType.FLOAT, "n", width);
    Tensor loss = table.gather(ids).times(weight).sumAll();
    graph.output("d", Gradients.of(loss, List.of(table)).get(0));
    Random random = new Random(5);
    long[] drawn = random.longs(updates, 0, rows).toArray();
    // Small whole numbers, whose sums are exact in any order.
    double[] weights = random.ints((long) updates * width, -8, 8).asDoubleStream().toArray();
    double[] expected = new double[rows * width];
    for (int i = 0; i < updates * width; i++) {
      expected[(int) drawn[i / width] * width + i % width] += weights[i];
    }
    try (Evaluation run = new Evaluation(graph, SessionSettings.cpu().threads(threads))) {
      run.reals("table", new double[rows * width], rows, width);
      run.whole("ids", drawn, updates);
      run.reals("weight", weights, updates, width);
      assertThat(count(run.program(), "ScatterND")).isEqualTo(threads == 1 ? 1 : 0);
      for (int time = 0; time < 30; time++) {
        assertThat(run.run().get("d")).isEqualTo(expected);
      }
    }
  }

  @Test
  void aNamedFormulaIsAKernelOnlyWhereThereIsOne() {
    Graph graph = Graph.training("named");
    Tensor x = graph.input("x", ElementType.FLOAT, "n", 3);
    graph.output("y", x.silu());
    graph.output("dx", Gradients.of(x.silu().square().sumAll(), List.of(x)).get(0));

    Program plain = Program.of(graph);
    Program forward = Program.of(graph, Set.of("Silu"));
    Program both = Program.of(graph, Set.of("Silu", "SiluGradient"));

    assertThat(plain.steps()).noneMatch(step -> step.op().startsWith("io.genrec."));
    assertThat(count(forward, "io.genrec.Silu")).isEqualTo(1);
    assertThat(count(forward, "Sigmoid")).isEqualTo(1);
    assertThat(count(both, "Sigmoid")).isZero();
    Step gradient =
        both.steps().stream()
            .filter(step -> step.op().equals("io.genrec.SiluGradient"))
            .findFirst()
            .orElseThrow();
    assertThat(gradient.inputs()).hasSize(2).startsWith("x");
    assertThat(new OnnxExport(Precision.FLOAT32).bytes(plain))
        .isNotEqualTo(new OnnxExport(Precision.FLOAT32).bytes(both));
  }

  @Test
  void aNamedFormulaReadsNothingButItsOperands() {
    Graph graph = Graph.inference("open");
    Tensor x = graph.input("x", ElementType.FLOAT, "n");
    Tensor w = graph.input("w", ElementType.FLOAT, "n");
    assertThatThrownBy(() -> Fused.of("Scale", Map.of(), List.of(x), List.of(x.times(w))))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("\"Scale\"")
        .hasMessageContaining(w.toString());
  }

  /** A kernel's gradients by the two are parts, the formula's are the whole each time. */
  @Test
  void aFormulaOfOneRealOperandTwiceHasNoName() {
    Graph graph = Graph.inference("twice");
    Tensor x = graph.input("x", ElementType.FLOAT, "n");
    Tensor ids = graph.input("ids", ElementType.INT64, "n");
    Tensor square = x.times(x);
    assertThat(Fused.of("Product", Map.of(), List.of(x, x), List.of(square)))
        .containsExactly(square);
    assertThat(Fused.of("Product", Map.of(), List.of(x, ids, ids), List.of(square)))
        .doesNotContain(square);
  }

  @Test
  void namesOfInputsAndOutputsNeverMeetInnerNames() {
    Graph graph = Graph.inference("names");
    Tensor a = graph.input("v2", ElementType.FLOAT, 2);
    Tensor b = graph.input("v3", ElementType.FLOAT, 2);
    Tensor sum = a.plus(b);
    Tensor product = sum.times(b);
    graph.output("v4", product.exp());
    graph.output("v5", sum);
    graph.output("sum again", sum);
    graph.output("v2 again", a);
    try (Evaluation run =
        Evaluation.exact(graph)
            .reals("v2", new double[] {1, 2}, 2)
            .reals("v3", new double[] {0, 0}, 2)
            .run()) {
      assertThat(run.get("v4")).containsExactly(1, 1);
      assertThat(run.get("v5")).containsExactly(1, 2);
      assertThat(run.get("sum again")).containsExactly(1, 2);
      assertThat(run.get("v2 again")).containsExactly(1, 2);
    }
    assertThat(Collections.frequency(Program.of(graph).outputs().values().stream().toList(), "v2"))
        .isEqualTo(1);
  }
}
