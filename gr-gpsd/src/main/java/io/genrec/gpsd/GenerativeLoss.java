package io.genrec.gpsd;

import io.genrec.api.config.Default;
import io.genrec.api.graph.ElementType;
import io.genrec.api.graph.Tensor;
import io.genrec.api.training.Loss;
import io.genrec.api.training.LossContext;
import io.genrec.api.training.LossFactory;
import io.genrec.engine.loss.FullSoftmax;
import io.genrec.engine.loss.SampledSoftmax;
import java.util.List;
import org.apiguardian.api.API;

/**
 * The loss of generative pretraining (arXiv 2506.03699 and its code): sampled softmax of the next
 * item, plus, for each further feature, softmax over all its values; each by cosine over a
 * temperature against the very tables that embed the inputs, all with weight 1.
 *
 * <p>In the published code negatives are uniform and shared within a sequence: sampler {@code
 * {"name": "uniform", "count": 4096, "sharing": "sequence"}}.
 */
@API(status = API.Status.STABLE, since = "0.1")
public final class GenerativeLoss implements LossFactory<GenerativeLoss.Config> {
  /**
   * The options.
   *
   * @param features the further categorical features that are predicted
   * @param temperature what cosines are divided by
   * @param epsilon the least norm that is divided by
   */
  public record Config(
      @Default("[]") List<String> features,
      @Default("0.05") double temperature,
      @Default("1e-6") double epsilon) {
    /** Copies the list; the ranges are those of the softmaxes. */
    public Config {
      features = List.copyOf(features);
      items(temperature, epsilon);
    }

    private static SampledSoftmax.Config items(double temperature, double epsilon) {
      return new SampledSoftmax.Config(temperature, epsilon, false);
    }
  }

  @Override
  public String name() {
    return "generative";
  }

  @Override
  public Class<Config> configType() {
    return Config.class;
  }

  @Override
  public Loss create(Config config) {
    Loss items = new SampledSoftmax().create(Config.items(config.temperature(), config.epsilon()));
    Loss values =
        new FullSoftmax()
            .create(new FullSoftmax.Config(true, config.temperature(), config.epsilon()));
    return new Loss() {
      /**
       * @throws io.genrec.api.GenRecException {@code [GR/UnknownFeature]} if the model has no such
       *     feature
       */
      @Override
      public Tensor sum(LossContext context) {
        Tensor sum = items.sum(context);
        for (String feature : config.features()) {
          sum = sum.plus(values.sum(new Known(context.of(feature))));
        }
        return sum;
      }

      @Override
      public boolean needsNegatives() {
        return true;
      }
    };
  }

  /** Leaves out targets that are not there. */
  private record Known(LossContext context) implements LossContext {
    @Override
    public Tensor outputs() {
      return context.outputs();
    }

    @Override
    public Tensor targets() {
      return context.targets();
    }

    @Override
    public Tensor weights() {
      Tensor there = context.targets().equalTo(0).not();
      return context.weights().times(there.cast(ElementType.FLOAT));
    }

    @Override
    public Tensor negatives() {
      return context.negatives();
    }

    @Override
    public Tensor logProbabilities() {
      return context.logProbabilities();
    }

    @Override
    public Tensor table() {
      return context.table();
    }
  }
}
