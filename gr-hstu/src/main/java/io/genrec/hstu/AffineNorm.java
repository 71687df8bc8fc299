package io.genrec.hstu;

import io.genrec.api.graph.Initializer;
import io.genrec.api.graph.Parameter;
import io.genrec.api.graph.Scope;
import io.genrec.api.graph.Tensor;

/** Layer normalisation over the last axis with a learned scale and shift. */
record AffineNorm(Parameter scale, Parameter shift, double epsilon) {
  /**
   * Declares scale and shift.
   *
   * @param size entries per axis, aligned with the last axes of what is normalised
   */
  static AffineNorm declare(Scope scope, double epsilon, long... size) {
    return new AffineNorm(
        scope.parameter("scale", Initializer.ones(), size),
        scope.parameter("shift", Initializer.zeros(), size),
        epsilon);
  }

  Tensor of(Tensor x) {
    // One scale for a whole group is no row of them.
    return scale.size().size() == 1
        ? x.layerNorm(epsilon, scale.in(x), shift.in(x))
        : x.layerNorm(epsilon).times(scale.in(x)).plus(shift.in(x));
  }
}
