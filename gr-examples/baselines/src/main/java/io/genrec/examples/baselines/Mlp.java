package io.genrec.examples.baselines;

import io.genrec.api.graph.Initializer;
import io.genrec.api.graph.Parameter;
import io.genrec.api.graph.Scope;
import io.genrec.api.graph.Tensor;
import java.util.ArrayList;
import java.util.List;

/** Linear layers with SiLU between them, and none after the last. */
final class Mlp {
  private record Layer(Parameter weight, Parameter bias) {}

  private final List<Layer> layers = new ArrayList<>();

  /**
   * Declares the layers' parameters.
   *
   * @param hidden the widths between the first inputs and the last outputs
   */
  Mlp(Scope scope, int inputs, List<Integer> hidden, int outputs) {
    List<Integer> widths = new ArrayList<>(hidden);
    widths.add(outputs);
    int before = inputs;
    for (int width : widths) {
      Scope layer = scope.child("layer" + layers.size());
      layers.add(
          new Layer(
              layer.parameter("w", Initializer.xavierUniform(), before, width),
              layer.parameter("b", Initializer.zeros(), width)));
      before = width;
    }
  }

  /** {@code [.., inputs]} to {@code [.., outputs]}. */
  Tensor apply(Tensor x) {
    Tensor y = x;
    for (int i = 0; i < layers.size(); i++) {
      Layer layer = layers.get(i);
      Tensor active = i == 0 ? y : y.silu();
      y = active.matmul(layer.weight().in(x)).plus(layer.bias().in(x));
    }
    return y;
  }
}
