package io.genrec.kernels;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.genrec.api.GenRecException;
import io.genrec.api.graph.Dim;
import io.genrec.api.graph.ElementType;
import io.genrec.api.graph.Fused;
import io.genrec.api.graph.Gradients;
import io.genrec.api.graph.Graph;
import io.genrec.api.graph.Recurrence;
import io.genrec.api.graph.Shape;
import io.genrec.api.graph.Tensor;
import io.genrec.api.sequence.Batch;
import io.genrec.api.sequence.Schema;
import io.genrec.api.training.Loss;
import io.genrec.api.training.LossContext;
import io.genrec.api.training.Sampler.Sharing;
import io.genrec.engine.loss.SampledSoftmax;
import io.genrec.engine.runtime.Device;
import io.genrec.engine.runtime.NativeKernels;
import java.io.IOException;
import java.nio.FloatBuffer;
import java.nio.LongBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

class KernelsTest {
  private static final int ITEMS = 30;
  private static Path folder = Path.of("");
  private static NativeKernels kernels = new NativeKernels(folder);

  @BeforeAll
  static void build(@TempDir Path shared) throws IOException, InterruptedException {
    folder = shared;
    kernels = BuiltKernels.build();
  }

  private static void fill(FloatBuffer buffer, Random random, double size) {
    while (buffer.hasRemaining()) {
      buffer.put((float) (size * random.nextGaussian()));
    }
  }

  /** A function of x [rows, width] and its gradient in a random direction. */
  private static Graph rows(int width, UnaryOperator<Tensor> function) {
    Graph graph = Graph.inference("rows");
    Tensor x = graph.input("x", ElementType.FLOAT, "rows", width);
    Tensor direction = graph.input("direction", ElementType.FLOAT, "rows", width);
    Tensor y = function.apply(x);
    graph.output("y", y);
    graph.output("dx", Gradients.of(y.times(direction).sumAll(), List.of(x)).get(0));
    return graph;
  }

  private static void fillRows(Batch batch, int width) {
    Random random = new Random(width);
    fill(batch.floats("x", 5, width), random, 6);
    fill(batch.floats("direction", 5, width), random, 1);
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 7, 16, 50, 64})
  void activationsAndNormsAreTheirFormulas(int width) {
    BuiltKernels.assertEqual(
        rows(width, Tensor::silu),
        kernels,
        batch -> fillRows(batch, width),
        "Silu",
        "SiluGradient");
    BuiltKernels.assertEqual(
        rows(width, x -> x.layerNorm(1e-3)),
        kernels,
        batch -> fillRows(batch, width),
        "LayerNorm",
        "LayerNormGradient");
    BuiltKernels.assertEqual(
        rows(width, x -> x.rmsNorm(1e-3)),
        kernels,
        batch -> fillRows(batch, width),
        "RmsNorm",
        "RmsNormGradient");
  }

  /** Norms with learned scale and shift, and the gradients by both. */
  @ParameterizedTest
  @ValueSource(ints = {1, 7, 16, 50, 64})
  void normsWithScaleAndShiftAreTheirFormulas(int width) {
    for (boolean swish : List.of(false, true)) {
      String name = swish ? "SwishLayerNorm" : "AffineLayerNorm";
      BuiltKernels.assertEqual(
          learnedNorm(width, swish),
          kernels,
          batch -> {
            fill(batch.floats("x", 2, 3, width), new Random(3), 6);
            fill(batch.floats("direction", 2, 3, width), new Random(4), 1);
            fill(batch.floats("scale", width), new Random(1), 2);
            fill(batch.floats("shift", width), new Random(2), 2);
          },
          name,
          name + "Gradient");
    }
  }

  private static Graph learnedNorm(int width, boolean swish) {
    Graph graph = Graph.inference("norm");
    Tensor x = graph.input("x", ElementType.FLOAT, "batch", "rows", width);
    Tensor direction = graph.input("direction", ElementType.FLOAT, "batch", "rows", width);
    Tensor scale = graph.input("scale", ElementType.FLOAT, width);
    Tensor shift = graph.input("shift", ElementType.FLOAT, width);
    Tensor y = swish ? x.swishLayerNorm(1e-3, scale, shift) : x.layerNorm(1e-3, scale, shift);
    graph.output("y", y);
    List<Tensor> by = List.of(x, scale, shift);
    List<Tensor> gradients = Gradients.of(y.times(direction).sumAll(), by);
    for (int i = 0; i < by.size(); i++) {
      graph.output("gradient " + i, gradients.get(i));
    }
    return graph;
  }

  @Test
  void rowsOfOtherSizesAreAnError() {
    String learned = "scale and shift do not fit rows";
    requireRefused("AffineLayerNorm", learned, Shape.of(2, 4), Shape.of(3), Shape.of(4));
    requireRefused("SwishLayerNorm", learned, Shape.of(2, 4), Shape.of(4), Shape.of(5));
    requireRefused(
        "AffineLayerNormGradient",
        learned,
        Shape.of(2, 4),
        Shape.of(4),
        Shape.of(3),
        Shape.of(2, 4));
    String outer = "the gradient does not fit";
    requireRefused(
        "SwishLayerNormGradient", outer, Shape.of(2, 4), Shape.of(4), Shape.of(4), Shape.of(2, 3));
    for (String kernel : List.of("SiluGradient", "LayerNormGradient", "RmsNormGradient")) {
      requireRefused(kernel, outer, Shape.of(2, 4), Shape.of(1, 4));
    }
  }

  /** Runs a kernel alone, in the place of formulas that give zeros. */
  private static void requireRefused(String kernel, String why, Shape... sizes) {
    Graph graph = Graph.inference("alone");
    List<Tensor> operands = new ArrayList<>();
    for (Shape size : sizes) {
      operands.add(graph.input("x" + operands.size(), ElementType.FLOAT, size.dims().toArray()));
    }
    boolean gradient = kernel.endsWith("Gradient");
    List<Tensor> zeros =
        operands.subList(0, gradient ? sizes.length - 1 : 1).stream()
            .map(operand -> graph.zeros(operand.shape()))
            .toList();
    graph.output("y", Fused.of(kernel, Map.of("epsilon", 1e-3f), operands, zeros).get(0));
    assertThatThrownBy(
            () ->
                BuiltKernels.outputs(
                    graph,
                    Optional.of(kernels),
                    batch ->
                        graph.inputs().forEach((name, x) -> batch.floats(name, x.shape().sizes()))))
        .isInstanceOf(GenRecException.class)
        .hasMessageContaining(kernel + ": " + why);
  }

  @Test
  void stepsOfARecurrenceUseThemToo() {
    Graph graph =
        rows(
            6,
            x -> {
              Tensor start = x.graph().zeros(Shape.of(1, 6));
              Recurrence.Result sums =
                  Recurrence.over(
                      List.of(start),
                      List.of(x.unsqueeze(1)),
                      List.of(),
                      (states, now, constants) ->
                          Recurrence.Step.of(states.get(0).plus(now.get(0)).silu()));
              return sums.states().get(0).squeeze(1);
            });
    assertThat(BuiltKernels.program(graph, kernels).toString())
        .contains("op=io.genrec.Silu,", "op=io.genrec.SiluGradient,");
    BuiltKernels.assertEqual(graph, kernels, batch -> fillRows(batch, 6));
  }

  /** As that of an earlier version does. */
  @Test
  void aLibraryThatLacksAKernelIsToBeMadeAgain() throws IOException, InterruptedException {
    Path source = folder.resolve("nothing.cpp");
    Path library = folder.resolve("nothing.so");
    Files.writeString(
        source, "extern \"C\" void* RegisterCustomOps(void*, const void*) { return nullptr; }");
    BuiltKernels.run("g++", "-shared", "-fPIC", "-o", library.toString(), source.toString());
    Optional<NativeKernels> old = Optional.of(new NativeKernels(library));
    assertThatThrownBy(
            () -> BuiltKernels.outputs(rows(4, Tensor::silu), old, batch -> fillRows(batch, 4)))
        .isInstanceOf(GenRecException.class)
        .hasMessageContainingAll("[GR/NoKernels]", "nothing.so", "native/build.sh");
  }

  /** Far ends are reached without NaN, and an input of NaN shows. */
  @Test
  void siluHasNoHoles() {
    float[] x = {-1e30f, -200, -88, -87, -1e-30f, 0, 1e-20f, 87, 89, 1e30f, Float.NaN};
    float[] y =
        BuiltKernels.outputs(
                rows(1, Tensor::silu),
                Optional.of(kernels),
                batch -> {
                  batch.floats("x", x.length, 1).put(x);
                  batch.floats("direction", x.length, 1);
                })
            .getOrDefault("y", new float[0]);
    for (int i = 0; i < x.length - 1; i++) {
      double exact = x[i] / (1 + Math.exp(-(double) x[i]));
      assertThat((double) y[i])
          .as("%s", x[i])
          .isBetween(exact - 1e-6 * Math.abs(exact) - 1e-5, exact + 1e-6 * Math.abs(exact) + 1e-5);
    }
    assertThat(y[x.length - 1]).isNaN();
  }

  /** The loss that scores each position's own negatives, and all its gradients. */
  @ParameterizedTest
  @ValueSource(ints = {3, 16, 50, 64, 200})
  void productsWithGatheredRowsAreTheirFormula(int width) {
    BuiltKernels.assertEqual(
        loss(width, Sharing.POSITION),
        kernels,
        batch -> fillLoss(batch, width, Sharing.POSITION, ITEMS),
        "GatheredProducts",
        "GatheredProductsGradient");
  }

  /** The loss whose negatives the positions of a sequence share, and all its gradients. */
  @ParameterizedTest
  @ValueSource(ints = {3, 16, 50, 64, 200})
  void productsWithSharedRowsAreTheirFormula(int width) {
    BuiltKernels.assertEqual(
        loss(width, Sharing.SEQUENCE),
        kernels,
        batch -> fillLoss(batch, width, Sharing.SEQUENCE, ITEMS),
        "SharedProducts",
        "SharedProductsGradient");
  }

  @ParameterizedTest
  @EnumSource(Sharing.class)
  void sharesAmongSampledNegativesAreTheirFormula(Sharing sharing) {
    BuiltKernels.assertEqual(
        loss(8, sharing),
        kernels,
        batch -> fillLoss(batch, 8, sharing, ITEMS),
        "SampledLogSoftmax",
        "SampledLogSoftmaxGradient");
  }

  private static Graph loss(int width, Sharing sharing) {
    Graph graph = Graph.inference("loss");
    Tensor outputs = graph.input("outputs", ElementType.FLOAT, "batch", "length", width);
    Tensor table = graph.input("table", ElementType.FLOAT, "rows", width);
    Loss loss = new SampledSoftmax().create(new SampledSoftmax.Config(0.05, 1e-6, false));
    Tensor sum = loss.sum(new Context(graph, outputs, table, sharing));
    graph.output("loss", sum);
    List<Tensor> gradients = Gradients.of(sum, List.of(outputs, table));
    graph.output("by outputs", gradients.get(0));
    graph.output("by table", gradients.get(1));
    return graph;
  }

  private static void fillLoss(Batch batch, int width, Sharing sharing, int end) {
    Random random = new Random(width);
    fill(batch.floats("outputs", 2, 5, width), random, 1);
    fill(batch.floats("table", ITEMS, width), random, 1);
    LongBuffer targets = batch.longs("targets/item", 2, 5);
    LongBuffer negatives =
        batch.longs(
            "negatives/item",
            sharing == Sharing.BATCH ? 1 : 2,
            sharing == Sharing.POSITION ? 5 : 1,
            sharing == Sharing.SEQUENCE ? 150 : 19);
    FloatBuffer weights = batch.floats("targets/weight", 2, 5);
    for (LongBuffer ids : List.of(targets, negatives)) {
      while (ids.hasRemaining()) {
        ids.put(random.nextInt(end));
      }
    }
    while (weights.hasRemaining()) {
      weights.put(random.nextInt(4) == 0 ? 0 : 1);
    }
  }

  private record Context(Graph graph, Tensor outputs, Tensor table, Sharing sharing)
      implements LossContext {
    @Override
    public Tensor targets() {
      return graph.input("targets/" + Schema.ITEM, ElementType.INT64, "batch", "length");
    }

    @Override
    public Tensor weights() {
      return graph.input("targets/weight", ElementType.FLOAT, "batch", "length");
    }

    @Override
    public Tensor negatives() {
      return graph.input(
          "negatives/" + Schema.ITEM,
          ElementType.INT64,
          sharing == Sharing.BATCH ? Dim.ONE : outputs.dim(0),
          sharing == Sharing.POSITION ? outputs.dim(1) : Dim.ONE,
          "negatives");
    }

    @Override
    public Tensor logProbabilities() {
      throw new UnsupportedOperationException();
    }
  }

  @Test
  void aRowThatIsNotThereIsAnError() {
    assertThatThrownBy(
            () ->
                BuiltKernels.outputs(
                    loss(16, Sharing.POSITION),
                    Optional.of(kernels),
                    batch -> fillLoss(batch, 16, Sharing.POSITION, 3 * ITEMS)))
        .isInstanceOf(GenRecException.class)
        .hasMessageContaining("GatheredProducts: there is no row")
        .hasMessageContaining("in a table of " + ITEMS);
  }

  @Test
  void aFileThatIsNoLibraryIsRefused() throws IOException {
    Path file = Files.writeString(folder.resolve("text.so"), "no library");

    assertThatThrownBy(
            () ->
                BuiltKernels.outputs(
                    rows(3, Tensor::silu),
                    Optional.of(new NativeKernels(file)),
                    batch -> fillRows(batch, 3)))
        .isInstanceOf(GenRecException.class)
        .hasMessageStartingWith("[GR/NoKernels]")
        .hasMessageContaining("native/build.sh");
  }

  /** A stand-in for an ONNX Runtime that knows no version but the first. */
  @Test
  void anOldRuntimeIsRefusedByName() throws IOException, InterruptedException {
    Path source = folder.resolve("old.cpp");
    Files.writeString(
        source,
        """
        #include <cstdio>
        #include "onnxruntime_abi.h"
        extern "C" OrtStatus* RegisterCustomOps(OrtSessionOptions*, const OrtApiBase*);
        static OrtStatus* say(int, const char* message) { std::puts(message); return nullptr; }
        static void* table[1] = {reinterpret_cast<void*>(&say)};
        int main() {
          OrtApiBase base;
          base.GetApi = [](uint32_t version) {
            return version == 1 ? reinterpret_cast<const OrtApi*>(table) : nullptr;
          };
          base.GetVersionString = [] { return "1.2.3"; };
          RegisterCustomOps(nullptr, &base);
        }
        """);
    Path program = folder.resolve("old");
    BuiltKernels.run(
        "g++",
        "-std=c++17",
        "-I" + BuiltKernels.sources(),
        source.toString(),
        kernels.library().toString(),
        "-o",
        program.toString());

    assertThat(BuiltKernels.run(program.toString()).strip())
        .isEqualTo("the kernels of genrec need ONNX Runtime 1.16 or later, but this is 1.2.3");
  }

  @Test
  void usingThemIsAChoice() {
    String before = System.getProperty(NativeKernels.PROPERTY);
    try {
      System.setProperty(NativeKernels.PROPERTY, kernels.library().toString());
      assertThat(NativeKernels.Use.AUTO.choose(Device.CPU)).contains(kernels);
      assertThat(NativeKernels.Use.NATIVE.choose(Device.CPU)).contains(kernels);
      assertThat(NativeKernels.Use.ONNX.choose(Device.CPU)).isEmpty();
      assertThat(NativeKernels.Use.NATIVE.choose(Device.parse("cuda:0"))).isEmpty();

      System.setProperty(NativeKernels.PROPERTY, "");
      assertThat(NativeKernels.Use.AUTO.choose(Device.CPU)).isEmpty();
      assertThatThrownBy(() -> NativeKernels.Use.NATIVE.choose(Device.CPU))
          .isInstanceOf(GenRecException.class)
          .hasMessageStartingWith("[GR/NoKernels]")
          .hasMessageContaining("training/kernels");

      System.setProperty(NativeKernels.PROPERTY, folder.resolve("none.so").toString());
      assertThatThrownBy(() -> NativeKernels.Use.AUTO.choose(Device.CPU))
          .isInstanceOf(GenRecException.class)
          .hasMessageStartingWith("[GR/NoKernels]")
          .hasMessageContaining("none.so");
    } finally {
      if (before == null) {
        System.clearProperty(NativeKernels.PROPERTY);
      } else {
        System.setProperty(NativeKernels.PROPERTY, before);
      }
    }
  }
}
