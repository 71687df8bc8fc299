package io.genrec.engine.program;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.genrec.api.graph.ElementType;
import io.genrec.api.graph.Gradients;
import io.genrec.api.graph.Graph;
import io.genrec.api.graph.Tensor;
import io.genrec.engine.onnx.CudaKernels;
import io.genrec.engine.onnx.OnnxExport;
import io.genrec.engine.onnx.Precision;
import io.genrec.engine.runtime.Evaluation;
import io.genrec.engine.runtime.SessionSettings;
import java.io.IOException;
import java.io.InputStream;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class Bfloat16Test {
  private static final SessionSettings NARROW = SessionSettings.cpu().precision(Precision.BFLOAT16);
  // A sum in another order may lie on the other side of where rounding turns.
  private static final double ULP = 1.0 / 128;

  /** To the nearest of both neighbours of 8 bits, the even one of two as near. */
  private static double rounded(double value) {
    int bits = Float.floatToRawIntBits((float) value);
    float below = Float.intBitsToFloat(bits & 0xFFFF0000);
    float above = Float.intBitsToFloat((bits & 0xFFFF0000) + 0x10000);
    double down = Math.abs(value - below);
    double up = Math.abs(above - value);
    boolean evenBelow = (bits >>> 16 & 1) == 0;
    return down < up || down == up && evenBelow ? below : above;
  }

  private static double[] rounded(double[] values) {
    return Arrays.stream(values).map(Bfloat16Test::rounded).toArray();
  }

  /** {@code a [n, k]} times {@code b [k, m]}, of rounded operands, rounded. */
  private static double[] product(double[] a, double[] b, int n, int k, int m) {
    double[] left = rounded(a);
    double[] right = rounded(b);
    double[] y = new double[n * m];
    for (int i = 0; i < n; i++) {
      for (int j = 0; j < m; j++) {
        for (int l = 0; l < k; l++) {
          y[i * m + j] += left[i * k + l] * right[l * m + j];
        }
      }
    }
    return rounded(y);
  }

  private static double[] transposed(double[] a, int rows, int columns) {
    double[] t = new double[a.length];
    for (int i = 0; i < a.length; i++) {
      t[i % columns * rows + i / columns] = a[i];
    }
    return t;
  }

  private static void assertClose(double[] actual, double[] expected) {
    assertThat(actual).hasSameSizeAs(expected);
    int equal = 0;
    for (int i = 0; i < actual.length; i++) {
      assertThat(actual[i]).isCloseTo(expected[i], within(ULP * Math.abs(expected[i]) + 1e-6));
      equal += actual[i] == expected[i] ? 1 : 0;
    }
    assertThat(equal).isGreaterThan(actual.length * 9 / 10);
  }

  @Test
  void operandsAreRoundedToTheNearestAndTiesToEven() {
    double tie = 1.0 / 256;
    double[] values = {
      1 + tie, 1 + 3 * tie, -1 - tie, 1 + tie + 1e-6, 1 + tie - 1e-6, 3e-39, 0, -7.3e20, 1e38, 0.1
    };
    Graph graph = Graph.inference("identity");
    Tensor x = graph.input("x", ElementType.FLOAT, "n", 1);
    graph.output("y", x.matmul(graph.input("one", ElementType.FLOAT, 1, 1)));
    try (Evaluation run = new Evaluation(graph, NARROW)) {
      run.reals("x", values, values.length, 1).reals("one", new double[] {1}, 1, 1).run();
      double[] floats = Arrays.stream(values).map(value -> (float) value).toArray();
      assertThat(run.get("y")).isEqualTo(rounded(floats));
      assertThat(run.get("y")).startsWith(1, 1 + 4 * tie, -1, 1 + 2 * tie, 1);
    }
  }

  /** {@code sum((x w)^2)} and its gradients. */
  private static Graph squares() {
    Graph graph = Graph.inference("squares");
    Tensor x = graph.input("x", ElementType.FLOAT, "n", 5);
    Tensor w = graph.input("w", ElementType.FLOAT, 5, 7);
    Tensor y = x.matmul(w);
    graph.output("y", y);
    List<Tensor> gradients = Gradients.of(y.times(y).sumAll(), List.of(x, w));
    graph.output("dx", gradients.get(0));
    graph.output("dw", gradients.get(1));
    return graph;
  }

  @Test
  void productsAndTheirGradientsAreThoseOfRoundedOperands() {
    Random random = new Random(3);
    int n = 60;
    double[] x = random.doubles(5 * n, -1, 1).map(value -> (float) value).toArray();
    double[] w = random.doubles(35, -1, 1).map(value -> (float) value).toArray();
    try (Evaluation run = new Evaluation(squares(), NARROW);
        Evaluation wide = new Evaluation(squares(), SessionSettings.cpu())) {
      run.reals("x", x, n, 5).reals("w", w, 5, 7).run();
      double[] y = product(x, w, n, 5, 7);
      assertClose(run.get("y"), y);
      double[] dy = Arrays.stream(run.get("y")).map(value -> 2 * value).toArray();
      assertClose(run.get("dx"), product(dy, transposed(w, 5, 7), n, 7, 5));
      assertClose(run.get("dw"), product(transposed(x, n, 5), dy, 5, n, 7));
      wide.reals("x", x, n, 5).reals("w", w, 5, 7).run();
      assertThat(wide.get("y")).isNotEqualTo(run.get("y"));
    }
  }

  @Test
  void lossesKeepTheirBits() {
    Graph graph = Graph.inference("loss");
    Tensor x = graph.input("x", ElementType.FLOAT, 1, 1);
    Tensor one = graph.input("one", ElementType.FLOAT, 1, 1);
    try (var scope = graph.enter(Bfloat16.LOSS)) {
      graph.output("y", x.matmul(one));
    }
    try (Evaluation run = new Evaluation(graph, NARROW)) {
      run.reals("x", new double[] {1.2345f}, 1, 1).reals("one", new double[] {1}, 1, 1).run();
      assertThat(run.get("y")).containsExactly(1.2345f);
    }
  }

  @Test
  void onCudaProductsAreOfBfloat16ItselfAndItHasKernels() throws IOException {
    Program program = Bfloat16.rewrite(Program.of(squares()));
    List<Step> casts =
        program.steps().stream()
            .filter(step -> step.op().equals("Cast"))
            .filter(step -> Long.valueOf(16).equals(step.attributes().get("to")))
            .toList();
    List<Step> products =
        program.steps().stream().filter(step -> step.op().equals("MatMul")).toList();
    assertThat(products).hasSize(3);
    List<String> narrow = casts.stream().map(step -> step.outputs().get(0)).toList();
    products.forEach(product -> assertThat(narrow).containsAll(product.inputs()));
    // x, w and 2 y, and what products read of them turned; each once.
    assertThat(narrow).doesNotHaveDuplicates();
    try (InputStream in = CudaKernels.class.getResourceAsStream("cuda-kernels.json")) {
      JsonNode kernels = new ObjectMapper().readTree(in).at("/ops");
      assertThat(kernels.at("/MatMul/since").asInt()).isEqualTo(13);
      assertThat(kernels.at("/MatMul/kernels/0/since").asInt()).isEqualTo(13);
      assertThat(kernels.at("/MatMul/kernels/0/types/T").toString()).contains("bfloat16");
      assertThat(kernels.at("/Cast/kernels/0/types/T1").toString()).contains("bfloat16");
      assertThat(kernels.at("/Cast/kernels/0/types/T2").toString()).contains("bfloat16");
    }
  }

  @Test
  void anExportedGraphRoundsToo() {
    Program program = Program.of(squares());
    assertThat(new OnnxExport(Precision.BFLOAT16).bytes(program))
        .isEqualTo(new OnnxExport(Precision.FLOAT32).bytes(Bfloat16.emulate(program)));
  }
}
