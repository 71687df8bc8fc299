package io.genrec.engine.gradient;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.genrec.api.graph.ElementType;
import io.genrec.api.graph.Gradients;
import io.genrec.api.graph.Graph;
import io.genrec.api.graph.Node;
import io.genrec.api.graph.Op;
import io.genrec.api.graph.Tensor;
import io.genrec.engine.gradient.GradientCase.Built;
import io.genrec.engine.gradient.GradientCase.Operand;
import io.genrec.engine.onnx.Precision;
import io.genrec.engine.runtime.Evaluation;
import io.genrec.engine.runtime.SessionSettings;
import java.io.IOException;
import java.net.URI;
import java.net.URISyntaxException;
import java.nio.file.FileSystem;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class OpGradientTest {
  private static final long SEED = Long.getLong("genrec.seed", 1);

  static List<GradientCase> cases() {
    return GradientCases.all();
  }

  @ParameterizedTest
  @MethodSource("cases")
  void gradientIsTheFiniteDifference(GradientCase tried) {
    boolean exact = tried.precision() == Precision.FLOAT64;
    // Central differences: the error is a multiple of step^2 plus rounding / step.
    double step = exact ? 1e-5 : 1e-2;
    double tolerance = exact ? 1e-7 : 2e-3;
    SessionSettings settings = SessionSettings.cpu().precision(tried.precision());
    Built forward = tried.build();
    forward.graph().output("loss", forward.loss());
    Graph backward = tried.build().withGradients();
    try (Evaluation loss = new Evaluation(forward.graph(), settings);
        Evaluation gradient = new Evaluation(backward, settings)) {
      give(tried, forward, gradient);
      double[][] values = give(tried, forward, loss);
      gradient.run();
      for (int i = 0; i < values.length; i++) {
        Operand operand = tried.operands().get(i);
        if (!operand.isReal()) {
          continue;
        }
        double[] given = gradient.get("d" + i);
        assertThat(given).hasSameSizeAs(values[i]);
        for (int j = 0; j < given.length; j++) {
          double there = values[i][j];
          values[i][j] = there + step;
          double above = loss.reals("x" + i, values[i], operand.size()).run().get("loss")[0];
          values[i][j] = there - step;
          double below = loss.reals("x" + i, values[i], operand.size()).run().get("loss")[0];
          values[i][j] = there;
          double expected = (above - below) / (2 * step);
          assertThat(Math.abs(given[j] - expected))
              .as("input %d, entry %d: %s for %s; -Dgenrec.seed=%d", i, j, given[j], expected, SEED)
              .isLessThanOrEqualTo(tolerance * Math.max(1, Math.abs(expected)));
        }
        loss.reals("x" + i, values[i], operand.size());
      }
    }
  }

  /** Writes the inputs, the same for each run, and gives the operands' values. */
  private static double[][] give(GradientCase tried, Built built, Evaluation run) {
    Random random = new Random(SEED);
    long[] resultSize = GradientCase.sizes(built.result().shape());
    run.reals(
        "weights", random.doubles(GradientCase.entries(resultSize), -1, 1).toArray(), resultSize);
    run.whole("take", new long[] {2}, 1);
    double[][] values = new double[tried.operands().size()][0];
    for (int i = 0; i < values.length; i++) {
      Operand operand = tried.operands().get(i);
      if (operand.isReal()) {
        values[i] = operand.draw(random);
        run.reals("x" + i, values[i], operand.size());
      } else {
        run.whole("x" + i, operand.wholeValues(), operand.size());
      }
    }
    return values;
  }

  /** In 32 bits ONNX Runtime fuses operators, and with two threads sums are made otherwise. */
  @ParameterizedTest
  @MethodSource("cases")
  void singlePrecisionWithAllFusionsAgrees(GradientCase tried) {
    if (tried.precision() == Precision.FLOAT32) {
      return;
    }
    Built exact = tried.build();
    Built single = tried.build();
    for (Built built : List.of(exact, single)) {
      built.graph().output("result", built.result());
      built.withGradients();
    }
    try (Evaluation wide = Evaluation.exact(exact.graph());
        Evaluation narrow = new Evaluation(single.graph(), SessionSettings.cpu().threads(2))) {
      give(tried, exact, wide);
      give(tried, single, narrow);
      wide.run();
      narrow.run();
      for (String output : exact.graph().outputs().keySet()) {
        double[] expected = wide.get(output);
        double scale = Arrays.stream(expected).map(Math::abs).max().orElse(0);
        assertThat(narrow.get(output))
            .as(output)
            .containsExactly(expected, within(2e-5 * Math.max(1, scale)));
      }
    }
  }

  @Test
  void noGradientFlowsThroughAStop() {
    Graph graph = Graph.inference("stop");
    Tensor x = graph.input("x", ElementType.FLOAT, 2);
    Tensor loss = x.times(x.stopGradient()).sumAll();
    graph.output("dx", Gradients.of(loss, List.of(x)).get(0));
    try (Evaluation run = Evaluation.exact(graph).reals("x", new double[] {3, -5}, 2).run()) {
      assertThat(run.get("dx")).containsExactly(3, -5);
    }
  }

  @Test
  void anOpWithoutGradientMayFollowOrPrecedeAStop() {
    Graph graph = Graph.inference("stop");
    Tensor x = graph.input("x", ElementType.FLOAT, 2);
    Tensor whole = x.stopGradient().floor().plus(x.floor().stopGradient());
    Tensor loss = x.times(whole).sumAll();
    graph.output("dx", Gradients.of(loss, List.of(x)).get(0));
    try (Evaluation run = Evaluation.exact(graph).reals("x", new double[] {3.5, -5.5}, 2).run()) {
      assertThat(run.get("dx")).containsExactly(6, -12);
    }
  }

  @Test
  void aSourceThatTheLossIgnoresGetsZeros() {
    Graph graph = Graph.inference("ignored");
    Tensor x = graph.input("x", ElementType.FLOAT, 2);
    Tensor y = graph.input("y", ElementType.FLOAT, "n");
    graph.output("dy", Gradients.of(x.sumAll(), List.of(y)).get(0));
    try (Evaluation run = Evaluation.exact(graph).reals("y", new double[] {3, -5, 1}, 3).run()) {
      assertThat(run.get("dy")).containsExactly(0, 0, 0);
    }
  }

  @Test
  void equalOperandsOfMinAndMaxGiveTheWholeGradientOnce() {
    Graph graph = Graph.inference("ties");
    Tensor x = graph.input("x", ElementType.FLOAT, 1);
    Tensor y = graph.input("y", ElementType.FLOAT, 1);
    List<Tensor> max = Gradients.of(x.max(y).sumAll(), List.of(x, y));
    List<Tensor> min = Gradients.of(x.min(y).sumAll(), List.of(x, y));
    Tensor pair = Tensor.concat(0, List.of(x, y));
    graph.output("max", Tensor.concat(0, max));
    graph.output("min", Tensor.concat(0, min));
    graph.output("largest", Gradients.of(pair.largest(0).sumAll(), List.of(pair)).get(0));
    try (Evaluation run =
        Evaluation.exact(graph)
            .reals("x", new double[] {2}, 1)
            .reals("y", new double[] {2}, 1)
            .run()) {
      assertThat(run.get("max")).containsExactly(1, 0);
      assertThat(run.get("min")).containsExactly(1, 0);
      assertThat(run.get("largest")).containsExactly(0.5, 0.5);
    }
  }

  @Test
  void onlyARealScalarHasAGradient() {
    Graph graph = Graph.inference("vector");
    Tensor x = graph.input("x", ElementType.FLOAT, 2);
    assertThatThrownBy(() -> Gradients.of(x, List.of(x)))
        .hasMessageContaining("real scalar")
        .hasMessageContaining("[2]");
  }

  @Test
  void everyOpHasACheckedGradientOrSaysWhyItHasNone() throws Exception {
    Set<String> checked = new TreeSet<>();
    Map<String, Op> seen = new HashMap<>();
    for (GradientCase tried : cases()) {
      Built built = tried.build();
      built.graph().nodes().forEach(node -> checked.add(node.op().getClass().getName()));
      see(built.withGradients(), seen);
    }
    // Its gradient is not the finite difference, by intent: noGradientFlowsThroughAStop.
    checked.add("io.genrec.api.graph.Sources$StopGradient");
    see(GradientCases.withoutGradient(), seen);

    List<String> wrong = new ArrayList<>();
    for (Class<?> op : opClasses()) {
      Op instance = seen.get(op.getName());
      if (instance == null) {
        wrong.add(op.getName() + " is used by no case");
      } else if (!(instance instanceof Op.NotDifferentiable)) {
        if (!checked.contains(op.getName()) || !instance.notDifferentiable().isEmpty()) {
          wrong.add(op.getName() + " has no case that checks its gradient");
        }
      } else if (instance.notDifferentiable().isBlank()) {
        wrong.add(op.getName() + " does not say why it has no gradient");
      }
    }
    assertThat(wrong).isEmpty();
    assertThat(opClasses()).hasSizeGreaterThan(50);
  }

  @Test
  void anOpWithoutGradientSaysWhy() {
    Graph graph = GradientCases.withoutGradient();
    for (Node node : graph.nodes()) {
      if (node.op() instanceof Op.NotDifferentiable op) {
        assertThatThrownBy(() -> op.gradient(node, List.of()))
            .isInstanceOf(UnsupportedOperationException.class)
            .hasMessageContaining(op.onnxName())
            .hasMessageContaining(op.notDifferentiable());
      }
    }
    Tensor x = Objects.requireNonNull(graph.inputs().get("x"));
    assertThatThrownBy(() -> Gradients.of(x.floor().sumAll(), List.of(x)))
        .isInstanceOf(UnsupportedOperationException.class)
        .hasMessageContaining("Floor");
  }

  private static void see(Graph graph, Map<String, Op> seen) {
    graph.nodes().forEach(node -> seen.put(node.op().getClass().getName(), node.op()));
  }

  /** All concrete ops of the package, from the folder or jar that it was loaded from. */
  private static List<Class<?>> opClasses() throws IOException, URISyntaxException {
    Path place = Path.of(Op.class.getProtectionDomain().getCodeSource().getLocation().toURI());
    String folder = "io/genrec/api/graph";
    if (Files.isDirectory(place)) {
      return opClasses(place.resolve(folder));
    }
    try (FileSystem jar = FileSystems.newFileSystem(URI.create("jar:" + place.toUri()), Map.of())) {
      return opClasses(jar.getPath(folder));
    }
  }

  private static List<Class<?>> opClasses(Path folder) throws IOException {
    List<Class<?>> ops = new ArrayList<>();
    try (Stream<Path> files = Files.list(folder)) {
      for (Path file : files.sorted().toList()) {
        String name = file.getFileName().toString();
        if (name.endsWith(".class") && !name.equals("package-info.class")) {
          Class<?> type = load("io.genrec.api.graph." + name.substring(0, name.length() - 6));
          if (Op.class.isAssignableFrom(type) && !type.isInterface()) {
            ops.add(type);
          }
        }
      }
    }
    return ops;
  }

  private static Class<?> load(String name) {
    try {
      return Class.forName(name, false, OpGradientTest.class.getClassLoader());
    } catch (ClassNotFoundException e) {
      throw new IllegalStateException(e);
    }
  }
}
