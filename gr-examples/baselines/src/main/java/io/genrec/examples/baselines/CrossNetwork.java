package io.genrec.examples.baselines;

import io.genrec.api.graph.Initializer;
import io.genrec.api.graph.Parameter;
import io.genrec.api.graph.Scope;
import io.genrec.api.graph.Tensor;
import java.util.ArrayList;
import java.util.List;

/** Products of features of growing degree: {@code x' = x0 * (x W + b) + x}, layer after layer. */
final class CrossNetwork {
  private record Layer(Parameter weight, Parameter bias) {}

  private final List<Layer> layers = new ArrayList<>();

  CrossNetwork(Scope scope, int width, int count) {
    for (int i = 0; i < count; i++) {
      Scope layer = scope.child("layer" + i);
      layers.add(
          new Layer(
              layer.parameter("w", Initializer.xavierUniform(), width, width),
              layer.parameter("b", Initializer.zeros(), width)));
    }
  }

  /** {@code [.., width]} to the same shape. */
  Tensor apply(Tensor x0) {
    Tensor x = x0;
    for (Layer layer : layers) {
      x = x0.times(x.matmul(layer.weight().in(x)).plus(layer.bias().in(x))).plus(x);
    }
    return x;
  }
}
