package io.genrec.engine.loss;

import io.genrec.api.config.Default;
import io.genrec.api.graph.Dim;
import io.genrec.api.graph.Fused;
import io.genrec.api.graph.Tensor;
import io.genrec.api.training.Loss;
import io.genrec.api.training.LossContext;
import io.genrec.api.training.LossFactory;
import java.util.List;
import java.util.Map;
import org.apiguardian.api.API;

/**
 * Sampled softmax: each target against negatives drawn for it, by cosine over a temperature. A
 * negative that equals the target does not count.
 *
 * <p>Negatives of one's own are never gathered as [batch, length, count, dim]: one product over all
 * rows of the table that the batch touches, then a gather of the scores.
 */
@API(status = API.Status.STABLE, since = "0.1")
public final class SampledSoftmax implements LossFactory<SampledSoftmax.Config> {
  /** The logit of a negative that equals the target. */
  private static final double COLLISION = -5e4;

  /**
   * The options.
   *
   * @param temperature what cosines are divided by
   * @param epsilon the least norm that is divided by
   * @param logQ whether the logarithm of its chance to be drawn is taken off every logit, the
   *     target's too (Bengio and Senecal 2008), so that items that are drawn often are not pushed
   *     down for it
   */
  public record Config(
      @Default("0.05") double temperature,
      @Default("1e-6") double epsilon,
      @Default("false") boolean logQ) {
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
    return "sampled-softmax";
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
        return SampledSoftmax.sum(config, context);
      }

      @Override
      public boolean needsNegatives() {
        return true;
      }
    };
  }

  private static Tensor sum(Config config, LossContext context) {
    Tensor outputs = context.outputs().l2Norm(config.epsilon()).times(1 / config.temperature());
    Tensor targets = context.targets().unsqueeze(-1);
    Tensor negatives = context.negatives();
    boolean own = !negatives.dim(1).equals(Dim.ONE);
    boolean ofSequence = !negatives.dim(0).equals(Dim.ONE);
    Tensor positive;
    Tensor negative;
    if (own) {
      Tensor table = context.table().l2Norm(config.epsilon());
      Tensor ids = Tensor.concat(-1, List.of(targets, negatives));
      Tensor chosen = products(outputs.rows(), table, ids.rows());
      positive = chosen.slice(1, 0, 1);
      negative = chosen.slice(1, Dim.ONE, ids.dim(-1));
    } else if (ofSequence) {
      // All sequences together draw most rows more than once, so rows are normalised before.
      Tensor table = context.table().l2Norm(config.epsilon());
      positive = outputs.times(table.gather(context.targets())).sum(-1).rows();
      negative = sharedProducts(outputs, table, negatives.squeeze(1)).rows();
    } else {
      Tensor target = context.table().gather(context.targets()).l2Norm(config.epsilon());
      Tensor shared = context.table().gather(negatives.squeeze(1)).l2Norm(config.epsilon());
      positive = outputs.times(target).sum(-1).rows();
      negative = outputs.matmul(shared.swap(-1, -2)).rows();
    }
    if (config.logQ()) {
      Tensor chances = context.logProbabilities();
      Tensor drawn = chances.gather(negatives).expand(outputs.shape().with(-1, negatives.dim(-1)));
      positive = positive.minus(chances.gather(context.targets()).reshape(positive.shape()));
      negative = negative.minus(drawn.rows());
    }
    Tensor logit = share(positive, negative, targets, negatives);
    return logit.times(context.weights().reshape(logit.shape())).sumAll().negate();
  }

  /** The logarithm of each target's share among its logit and those of negatives: [n, 1]. */
  private static Tensor share(Tensor positive, Tensor negative, Tensor targets, Tensor negatives) {
    Tensor collides = targets.equalTo(negatives).reshape(negative.shape());
    Tensor kept = collides.where(negative.graph().constant(COLLISION), negative);
    Tensor share = Tensor.concat(-1, List.of(positive, kept)).logSoftmax(-1).slice(-1, 0, 1);
    List<Tensor> operands = List.of(positive, negative, targets, negatives);
    return Fused.of("SampledLogSoftmax", Map.of(), operands, List.of(share)).get(0);
  }

  /** Each row's products with some rows of a table: {@code [n, dim]} and {@code [n, k]} ids. */
  private static Tensor products(Tensor rows, Tensor table, Tensor ids) {
    Tensor chosen = rows.matmul(table.swap(0, 1)).gatherElements(1, ids);
    return Fused.of("GatheredProducts", Map.of(), List.of(rows, table, ids), List.of(chosen))
        .get(0);
  }

  /**
   * The products of each sequence's rows with some rows of a table, which they share: {@code
   * [batch, length, dim]} and {@code [batch, k]} ids give {@code [batch, length, k]}.
   */
  private static Tensor sharedProducts(Tensor rows, Tensor table, Tensor ids) {
    Tensor products = rows.matmul(table.gather(ids).swap(-1, -2));
    return Fused.of("SharedProducts", Map.of(), List.of(rows, table, ids), List.of(products))
        .get(0);
  }
}
