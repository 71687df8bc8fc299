package io.genrec.transformer;

import io.genrec.api.graph.Initializer;
import io.genrec.api.graph.Parameter;
import io.genrec.api.graph.Scope;
import io.genrec.api.graph.Tensor;

/** Root mean square normalisation with a learned scale, 1 at first (arXiv 1910.07467). */
record RmsNorm(Parameter scale, double epsilon) {
  static RmsNorm declare(Scope scope, String name, int dim, double epsilon) {
    return new RmsNorm(scope.parameter(name, Initializer.ones(), dim), epsilon);
  }

  Tensor of(Tensor x) {
    return x.rmsNorm(epsilon).times(scale.in(x));
  }
}
