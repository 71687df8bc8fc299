package io.genrec.engine.gradient;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.genrec.api.graph.Dim;
import io.genrec.api.graph.ElementType;
import io.genrec.api.graph.Gradients;
import io.genrec.api.graph.Graph;
import io.genrec.api.graph.Tensor;
import io.genrec.engine.runtime.Evaluation;
import io.genrec.engine.runtime.SessionSettings;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Random;
import java.util.function.BiFunction;
import java.util.function.DoubleUnaryOperator;
import java.util.function.UnaryOperator;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** Composed operations against loops in plain Java, in 64 bits. */
class CompositeTest {
  private static final int B = 2;
  private static final int N = 3;
  private static final int D = 6;

  private final double[] x = new Random(7).doubles(B * N * D, -3, 3).toArray();

  /** Runs a function of x [batch, length, 6]. */
  private double[] run(UnaryOperator<Tensor> function) {
    Graph graph = Graph.inference("composite");
    graph.output("y", function.apply(graph.input("x", ElementType.FLOAT, "batch", "length", D)));
    try (Evaluation run = Evaluation.exact(graph)) {
      return run.reals("x", x, B, N, D).run().get("y");
    }
  }

  private double[] entries(DoubleUnaryOperator function) {
    return Arrays.stream(x).map(function).toArray();
  }

  /** A function of each row of the last axis. */
  private double[] rows(UnaryOperator<double[]> function) {
    return IntStream.range(0, B * N)
        .mapToObj(r -> function.apply(Arrays.copyOfRange(x, r * D, (r + 1) * D)))
        .flatMapToDouble(Arrays::stream)
        .toArray();
  }

  /** Entries of a result [b, n, d] by place. */
  private double[] places(int b, int n, int d, Place value) {
    double[] result = new double[b * n * d];
    for (int i = 0; i < result.length; i++) {
      result[i] = value.at(i / (n * d), i / d % n, i % d);
    }
    return result;
  }

  private interface Place {
    double at(int b, int n, int d);
  }

  private double x(int b, int n, int d) {
    return x[(b * N + n) * D + d];
  }

  private static void assertClose(double[] actual, double[] expected) {
    assertThat(actual).containsExactly(expected, within(1e-12));
  }

  private static double[] scaled(double[] row, double factor) {
    return Arrays.stream(row).map(v -> v * factor).toArray();
  }

  private static double meanSquare(double[] row) {
    return Arrays.stream(row).map(v -> v * v).average().orElseThrow();
  }

  private static double[] normal(double[] row, double epsilon) {
    double mean = Arrays.stream(row).average().orElseThrow();
    double[] centred = Arrays.stream(row).map(v -> v - mean).toArray();
    return scaled(centred, 1 / Math.sqrt(meanSquare(centred) + epsilon));
  }

  @Test
  void activations() {
    assertClose(run(Tensor::silu), entries(v -> v / (1 + Math.exp(-v))));
    assertClose(run(Tensor::sigmoid), entries(v -> 1 / (1 + Math.exp(-v))));
    assertClose(run(Tensor::cos), entries(Math::cos));
    assertClose(run(t -> t.times(1e3).cos()), entries(v -> Math.cos(v * 1e3)));
    assertClose(run(t -> t.minus(1).times(3).plus(0.5)), entries(v -> (v - 1) * 3 + 0.5));
  }

  @Test
  void geluIsWithinSinglePrecision() {
    Graph graph = Graph.inference("gelu");
    graph.output("y", graph.input("x", ElementType.FLOAT, 5).gelu());
    // x Phi(x), with the normal distribution Phi from tables.
    double[] at = {-2, -1, 0, 1, 2};
    double[] below = {0.0227501319, 0.1586552539, 0.5, 0.8413447461, 0.9772498681};
    try (Evaluation run = new Evaluation(graph, SessionSettings.cpu()).reals("x", at, 5).run()) {
      double[] y = run.get("y");
      for (int i = 0; i < 5; i++) {
        assertThat(y[i]).isCloseTo(at[i] * below[i], within(1e-6));
      }
    }
  }

  @Test
  void norms() {
    // ONNX holds epsilon in 32 bits.
    double single = 1e-5f;
    assertClose(run(t -> t.layerNorm(1e-5)), rows(row -> normal(row, single)));
    assertClose(
        run(t -> t.rmsNorm(1e-3)), rows(row -> scaled(row, 1 / Math.sqrt(meanSquare(row) + 1e-3))));
    assertClose(
        run(t -> t.groupNorm(3, 1e-5)),
        rows(
            row ->
                IntStream.range(0, 3)
                    .mapToObj(g -> normal(Arrays.copyOfRange(row, 2 * g, 2 * g + 2), single))
                    .flatMapToDouble(Arrays::stream)
                    .toArray()));
    assertClose(
        run(t -> t.l2Norm(1e-6)), rows(row -> scaled(row, 1 / Math.sqrt(D * meanSquare(row)))));
    assertClose(run(t -> t.l2Norm(1e3)), entries(v -> v / 1e3));
  }

  @Test
  void softmaxes() {
    assertClose(
        run(t -> t.softmax(-1)),
        rows(
            row -> {
              double sum = Arrays.stream(row).map(Math::exp).sum();
              return Arrays.stream(row).map(v -> Math.exp(v) / sum).toArray();
            }));
    assertClose(
        run(t -> t.logSoftmax(1)),
        places(
            B,
            N,
            D,
            (b, n, d) ->
                x(b, n, d)
                    - Math.log(
                        IntStream.range(0, N).mapToDouble(m -> Math.exp(x(b, m, d))).sum())));
  }

  @Test
  void runningSums() {
    BiFunction<Boolean, Boolean, double[]> expected =
        (exclusive, reverse) ->
            places(
                B,
                N,
                D,
                (b, n, d) ->
                    IntStream.range(0, N)
                        .filter(m -> (reverse ? m > n : m < n) || (m == n && !exclusive))
                        .mapToDouble(m -> x(b, m, d))
                        .sum());
    for (boolean exclusive : new boolean[] {false, true}) {
      for (boolean reverse : new boolean[] {false, true}) {
        assertClose(
            run(t -> t.cumulativeSum(-2, exclusive, reverse)), expected.apply(exclusive, reverse));
      }
    }
  }

  @Test
  void slicesAndPadsBetweenNames() {
    Dim length = Dim.of("length");
    assertClose(
        run(t -> t.slice(1, Dim.ONE, length)), places(B, N - 1, D, (b, n, d) -> x(b, n + 1, d)));
    assertClose(
        run(t -> t.slice(-2, Dim.of(0), length.minus(Dim.of(2)))),
        places(B, N - 2, D, (b, n, d) -> x(b, n, d)));
    assertClose(
        run(t -> t.pad(1, Dim.of("batch"), Dim.of(1))),
        places(B, B + N + 1, D, (b, n, d) -> n < B || n >= B + N ? 0 : x(b, n - B, d)));
    assertClose(
        run(t -> t.pad(-1, Dim.of(0), length)),
        places(B, N, D + N, (b, n, d) -> d < D ? x(b, n, d) : 0));
  }

  @Test
  void piecesAndTheirUnion() {
    assertClose(
        run(t -> t.split(-1, 1, 3, 2).get(1)), places(B, N, 3, (b, n, d) -> x(b, n, d + 1)));
    assertClose(
        run(
            t -> {
              List<Tensor> pieces = t.split(2, 1, 3, 2);
              return Tensor.concat(-1, List.of(pieces.get(2), pieces.get(0), pieces.get(1)));
            }),
        places(B, N, D, (b, n, d) -> x(b, n, d < 2 ? 4 + d : d - 2)));
    assertClose(
        run(t -> Tensor.concat(1, List.of(t, t.negate()))),
        places(B, 2 * N, D, (b, n, d) -> n < N ? x(b, n, d) : -x(b, n - N, d)));
  }

  @Test
  void layouts() {
    assertClose(run(t -> t.transpose(2, 0, 1)), places(D, B, N, (d, b, n) -> x(b, n, d)));
    assertClose(run(t -> t.reshape("batch", 2, 3, "length").rows()), x);
    assertClose(
        run(t -> t.slice(0, 0, 1).expand(t.shape().with(0, Dim.of(4)))),
        places(4, N, D, (b, n, d) -> x(0, n, d)));
    assertClose(
        run(t -> t.sumTo(t.shape().slice(1, 3).with(0, Dim.ONE))),
        places(
            1,
            1,
            D,
            (b, n, d) -> IntStream.range(0, B * N).mapToDouble(r -> x(r / N, r % N, d)).sum()));
  }

  @Test
  void theLargestEntriesAndWhereTheyStand() {
    double[] expected =
        rows(
            row ->
                Arrays.stream(row)
                    .boxed()
                    .sorted(Comparator.reverseOrder())
                    .limit(2)
                    .mapToDouble(v -> v)
                    .toArray());
    assertClose(run(t -> t.topK(-1, Dim.of(2)).values()), expected);
    assertClose(run(t -> t.gatherElements(2, t.topK(2, Dim.of(2)).indices())), expected);
  }

  @Test
  void rowsThatAreReadAndAddedTo() {
    long[] ids = {1, 0, 1, 1};
    assertClose(
        run(t -> t.gather(t.graph().constants(ids))),
        places(4, N, D, (i, n, d) -> x((int) ids[i], n, d)));
    assertClose(
        run(
            t -> {
              Tensor places = t.graph().constants(ids);
              return t.scatterAdd(places, t.gather(places).times(0.5));
            }),
        places(B, N, D, (b, n, d) -> x(b, n, d) * (b == 0 ? 1.5 : 2.5)));
  }

  @Test
  void emptyAxes() {
    Graph graph = Graph.inference("empty");
    Tensor t = graph.input("x", ElementType.FLOAT, "batch", "length", D);
    graph.output("sum", t.sum(1));
    graph.output("rows", t.rows().square());
    graph.output("flat", t.reshape("batch", Dim.of("length").times(Dim.of(D))).exp());
    graph.output("joined", Tensor.concat(1, List.of(t, t.slice(2, 0, D).exp())));
    graph.output("product", t.matmul(t.swap(1, 2)));
    graph.output("values", t.swap(1, 2).matmul(t));
    graph.output("gradient", Gradients.of(t.silu().mean(-1).sumAll(), List.of(t)).get(0));
    try (Evaluation run = Evaluation.exact(graph).reals("x", new double[0], 2, 0, D).run()) {
      assertThat(run.get("sum")).containsOnly(0).hasSize(2 * D);
      assertThat(run.get("values")).containsOnly(0).hasSize(2 * D * D);
      for (String output : List.of("rows", "flat", "joined", "product", "gradient")) {
        assertThat(run.get(output)).as(output).isEmpty();
      }
      assertThat(run.sizeOf("product")).containsExactly(2, 0, 0);
    }
  }
}
