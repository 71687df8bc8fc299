package io.genrec.engine.ranking;

import io.genrec.api.graph.Initializer;
import io.genrec.api.graph.Parameter;
import io.genrec.api.graph.Scope;
import io.genrec.api.graph.Tensor;

/** x W + b. */
record Linear(Parameter weight, Parameter bias) {
  static Linear declare(Scope scope, long in, long out) {
    return new Linear(
        scope.parameter("weight", Initializer.xavierUniform(), in, out),
        scope.parameter("bias", Initializer.zeros(), out));
  }

  /** Real {@code [.., in]} to real {@code [.., out]}. */
  Tensor apply(Tensor x) {
    return x.matmul(weight.in(x)).plus(bias.in(x));
  }
}
