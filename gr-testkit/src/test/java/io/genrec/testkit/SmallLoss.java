package io.genrec.testkit;

import io.genrec.api.config.Default;
import io.genrec.api.graph.Dim;
import io.genrec.api.graph.ElementType;
import io.genrec.api.graph.Tensor;
import io.genrec.api.training.Loss;
import io.genrec.api.training.LossContext;
import io.genrec.api.training.LossFactory;
import java.util.List;

/** Sampled softmax by dot products: correct, or with one fault. */
final class SmallLoss implements LossFactory<SmallLoss.Config> {
  /** What is wrong. */
  enum Fault {
    NONE,
    TAKES_THE_MEAN,
    COMPARES_SEQUENCES,
    READS_PADDING,
    SQUARES_WEIGHTS,
    STOPS_GRADIENT,
    OVERFLOWS,
    READS_POSITIONS,
    COUNTS_COLLISIONS,
    HIDES_ITS_NEGATIVES,
    ASKS_FOR_NEGATIVES,
    HIDES_THE_WHOLE_TABLE,
    COUNTS_GRAPHS,
    NEEDS_ANOTHER_KERNEL
  }

  /** The options. */
  record Config(@Default("none") Fault fault) {}

  /** A loss with a fault. */
  static LossContract.Subject subject(Fault fault) {
    return LossContract.Subject.of(new SmallLoss()).config("{" + Faults.option(fault) + "}");
  }

  @Override
  public String name() {
    return "small";
  }

  @Override
  public Class<Config> configType() {
    return Config.class;
  }

  @Override
  public Loss create(Config config) {
    return new Sum(config.fault());
  }

  private static final class Sum implements Loss {
    private final Fault fault;
    private int graphs;

    Sum(Fault fault) {
      this.fault = fault;
    }

    @Override
    public boolean needsNegatives() {
      return fault != Fault.HIDES_ITS_NEGATIVES;
    }

    @Override
    public Tensor sum(LossContext context) {
      Tensor outputs = context.outputs();
      Tensor target = context.table().gather(context.targets());
      Tensor positive = outputs.times(target).sum(-1);
      Tensor losses = losses(context, positive);
      Tensor weights = context.weights().unsqueeze(-1);
      Tensor sum = losses.times(weights).sumAll();
      return switch (fault) {
        case TAKES_THE_MEAN -> sum.dividedBy(weights.sumAll());
        case COMPARES_SEQUENCES -> {
          Tensor mean = outputs.times(weights).mean(0).sum(0, 1);
          yield sum.plus(mean.times(outputs).times(weights).sumAll());
        }
        case READS_PADDING -> sum.plus(outputs.square().sumAll());
        case SQUARES_WEIGHTS -> losses.times(weights.square()).sumAll();
        case STOPS_GRADIENT -> sum.times(0.5).plus(sum.stopGradient().times(0.5));
        case READS_POSITIONS -> {
          Tensor place = outputs.graph().range(Dim.of("length")).cast(ElementType.FLOAT);
          yield losses.times(weights).times(place.unsqueeze(0).unsqueeze(2)).sumAll();
        }
        case HIDES_THE_WHOLE_TABLE -> {
          Tensor all = outputs.matmul(context.table().mean(0).swap(0, 1));
          yield sum.plus(all.times(weights).sumAll());
        }
        case COUNTS_GRAPHS -> sum.times(1 + 0.1 * graphs++);
        case NEEDS_ANOTHER_KERNEL -> {
          Tensor padded = context.targets().pad(1, Dim.of(1), Dim.of(0));
          Tensor same = padded.slice(1, Dim.ONE, padded.dim(1));
          yield sum.plus(same.cast(ElementType.FLOAT).times(0).sumAll());
        }
        default -> sum;
      };
    }

    /** The loss of each position: real [batch, length, 1]. */
    private Tensor losses(LossContext context, Tensor positive) {
      if (fault == Fault.ASKS_FOR_NEGATIVES) {
        return positive.negate();
      }
      Tensor negatives = context.negatives();
      Tensor rows = context.table().gather(negatives);
      Tensor negative = context.outputs().unsqueeze(2).times(rows).sum(-1);
      negative = negative.squeeze(3);
      if (fault != Fault.COUNTS_COLLISIONS) {
        Tensor collides = context.targets().unsqueeze(-1).equalTo(negatives);
        negative = collides.where(negative.graph().constant(-1e5), negative);
      }
      Tensor logits = Tensor.concat(-1, List.of(positive, negative));
      return fault == Fault.OVERFLOWS
          ? logits.exp().sum(-1).log().minus(positive)
          : logits.logSoftmax(-1).slice(-1, 0, 1).negate();
    }
  }
}
