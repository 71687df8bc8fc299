package io.genrec.engine.ranking;

import io.genrec.api.graph.Initializer;
import io.genrec.api.graph.Parameter;
import io.genrec.api.graph.Scope;
import io.genrec.api.graph.Tensor;

/** Layer normalisation with learned scale and shift. */
record Norm(Parameter weight, Parameter bias, double epsilon) {
  static Norm declare(Scope scope, long dim, double epsilon) {
    return new Norm(
        scope.parameter("weight", Initializer.ones(), dim),
        scope.parameter("bias", Initializer.zeros(), dim),
        epsilon);
  }

  /** Real {@code [.., dim]} to the same. */
  Tensor apply(Tensor x) {
    return x.layerNorm(epsilon, weight.in(x), bias.in(x));
  }

  /** Real {@code [.., dim]} to the same: {@code SwishLN(x) = x sigmoid(LN(x))}. */
  Tensor swish(Tensor x) {
    return x.swishLayerNorm(epsilon, weight.in(x), bias.in(x));
  }
}
