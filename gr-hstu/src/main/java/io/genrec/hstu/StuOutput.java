package io.genrec.hstu;

import io.genrec.api.graph.Initializer;
import io.genrec.api.graph.Parameter;
import io.genrec.api.graph.Scope;
import io.genrec.api.graph.Tensor;
import io.genrec.api.sequence.TokenContext;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What is done to the last layer's output: divided by its norm, or normalised, perhaps after the
 * {@link Calendar} of the time when it is used was mixed in by a linear layer.
 */
final class StuOutput {
  private static final double EPSILON = 1e-5;

  private final StuConfig config;
  private final @Nullable AffineNorm norm;
  private final @Nullable Parameter mix;
  private final @Nullable Parameter mixBias;

  StuOutput(StuConfig config, Scope scope, int dim) {
    this.config = config;
    boolean timed = config.output() == StuConfig.Output.TIMESTAMP_LAYER_NORM;
    norm =
        config.output() == StuConfig.Output.L2
            ? null
            : AffineNorm.declare(scope.child("norm"), EPSILON, dim);
    mix =
        timed
            ? scope.parameter("calendar", Initializer.xavierUniform(), dim + Calendar.width(), dim)
            : null;
    mixBias = timed ? scope.parameter("calendar_bias", Initializer.zeros(), dim) : null;
  }

  Tensor of(Tensor x, TokenContext tokens) {
    if (norm == null) {
      return x.l2Norm(config.epsilon());
    }
    if (mix == null || mixBias == null) {
      return norm.of(x);
    }
    Tensor calendar = Calendar.of(tokens.predictionTime());
    Tensor timed =
        Tensor.concat(-1, List.of(x, calendar.expand(x.shape().with(-1, calendar.dim(-1)))));
    return norm.of(timed.matmul(mix.in(x)).plus(mixBias.in(x)));
  }
}
