package io.genrec.engine.loss;

import io.genrec.api.GenRecException;
import io.genrec.api.config.Default;
import io.genrec.api.graph.Tensor;
import io.genrec.api.task.Label;
import io.genrec.api.training.Loss;
import io.genrec.api.training.LossContext;
import io.genrec.api.training.LossFactory;
import org.apiguardian.api.API;

/**
 * The loss of ranking models: for each label binary cross-entropy of logits or the squared error,
 * averaged by the label's weights over the logical batch (their sum is at least 1), then summed
 * over labels, each times its own weight.
 */
@API(status = API.Status.STABLE, since = "0.1")
public final class Multitask implements LossFactory<Multitask.Config> {
  /**
   * The options.
   *
   * @param weight what all labels' losses are multiplied by
   */
  public record Config(@Default("0.2") double weight) {
    /** Checks the weight. */
    public Config {
      if (!(weight > 0)) {
        throw new IllegalArgumentException("weight must be above 0 but is " + weight);
      }
    }
  }

  @Override
  public String name() {
    return "multitask";
  }

  @Override
  public Class<Config> configType() {
    return Config.class;
  }

  @Override
  public Loss create(Config config) {
    return context ->
        context.labels().stream()
            .map(label -> sum(context, label).times(config.weight() * label.weight()))
            .reduce(Tensor::plus)
            .orElseThrow(
                () ->
                    new GenRecException(
                        "NotARanker",
                        "loss \"multitask\" needs labels; use it with a ranking task, such as"
                            + " ranking-interleaved"));
  }

  private static Tensor sum(LossContext context, Label label) {
    Tensor prediction = context.prediction(label.name());
    Tensor truth = context.label(label.name());
    Tensor each =
        label.kind() == Label.Kind.BINARY
            ? crossEntropy(prediction, truth)
            : prediction.minus(truth).square();
    return each.times(context.labelWeight(label.name()))
        .sumAll()
        .times(context.labelScale(label.name()));
  }

  /** max(x, 0) - x y + ln(1 + e^-|x|): no exponential overflows. */
  private static Tensor crossEntropy(Tensor logit, Tensor truth) {
    Tensor rest = logit.abs().negate().exp().plus(1).log();
    return logit.relu().minus(logit.times(truth)).plus(rest);
  }
}
