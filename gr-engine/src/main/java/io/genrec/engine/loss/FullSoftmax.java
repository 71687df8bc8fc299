package io.genrec.engine.loss;

import io.genrec.api.config.Default;
import io.genrec.api.graph.Dim;
import io.genrec.api.graph.Tensor;
import io.genrec.api.training.Loss;
import io.genrec.api.training.LossContext;
import io.genrec.api.training.LossFactory;
import org.apiguardian.api.API;

/**
 * Softmax over the whole vocabulary: each target against all other rows, by cosine over a
 * temperature or by dot product.
 */
@API(status = API.Status.STABLE, since = "0.1")
public final class FullSoftmax implements LossFactory<FullSoftmax.Config> {
  /**
   * The options.
   *
   * @param cosine whether both sides are divided by their norms
   * @param temperature what products are divided by
   * @param epsilon the least norm that is divided by
   */
  public record Config(
      @Default("true") boolean cosine,
      @Default("0.05") double temperature,
      @Default("1e-6") double epsilon) {
    /** Checks the values. */
    public Config {
      if (!(temperature > 0)) {
        throw new IllegalArgumentException("temperature must be above 0 but is " + temperature);
      }
      if (!(epsilon > 0)) {
        throw new IllegalArgumentException("epsilon must be above 0 but is " + epsilon);
      }
    }
  }

  @Override
  public String name() {
    return "full-softmax";
  }

  @Override
  public Class<Config> configType() {
    return Config.class;
  }

  @Override
  public Loss create(Config config) {
    return new Loss() {
      @Override
      public Tensor sum(LossContext context) {
        return FullSoftmax.sum(config, context);
      }

      @Override
      public boolean needsWholeTable() {
        return true;
      }
    };
  }

  private static Tensor sum(Config config, LossContext context) {
    Tensor outputs = context.outputs().rows();
    Tensor table = context.table();
    // Row 0 stands for "none" and is never a candidate.
    Tensor items = table.slice(0, Dim.ONE, table.dim(0));
    if (config.cosine()) {
      outputs = outputs.l2Norm(config.epsilon());
      items = items.l2Norm(config.epsilon());
    }
    Tensor logits = outputs.times(1 / config.temperature()).matmul(items.swap(0, 1)).logSoftmax(-1);
    Tensor targets = context.targets().minus(1).max(0);
    Tensor chosen = logits.gatherElements(1, targets.reshape(targets.shape().entries(), 1));
    return chosen.times(context.weights().reshape(chosen.shape())).sumAll().negate();
  }
}
