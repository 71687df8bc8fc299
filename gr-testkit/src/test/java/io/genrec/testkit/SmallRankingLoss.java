package io.genrec.testkit;

import io.genrec.api.config.Default;
import io.genrec.api.graph.Dim;
import io.genrec.api.graph.ElementType;
import io.genrec.api.graph.Tensor;
import io.genrec.api.task.Label;
import io.genrec.api.training.Loss;
import io.genrec.api.training.LossContext;
import io.genrec.api.training.LossFactory;
import io.genrec.engine.model.Model;

/** Weighted squared errors of two outcomes: correct, or with one fault. */
final class SmallRankingLoss implements LossFactory<SmallRankingLoss.Config> {
  private static final String SEEN = "seen";
  private static final String SECONDS = "seconds";

  /** What is wrong. */
  enum Fault {
    NONE,
    TAKES_THE_MEAN,
    READS_PADDING,
    READS_UNKNOWN_TRUTHS,
    SQUARES_WEIGHTS,
    STOPS_GRADIENT,
    OVERFLOWS,
    READS_POSITIONS,
    ASKS_FOR_NEGATIVES,
    LEAVES_A_LABEL_OUT
  }

  /** The options. */
  record Config(@Default("none") Fault fault) {}

  /** A loss with a fault. */
  static LossContract.Subject subject(Fault fault) {
    return LossContract.Subject.of(new SmallRankingLoss())
        .config("{" + Faults.option(fault) + "}")
        .labels(
            new Label(SEEN, Label.Kind.BINARY, 1), new Label(SECONDS, Label.Kind.REGRESSION, 1));
  }

  @Override
  public String name() {
    return "small-ranking";
  }

  @Override
  public Class<Config> configType() {
    return Config.class;
  }

  @Override
  public Loss create(Config config) {
    return new Sum(config.fault());
  }

  private record Sum(Fault fault) implements Loss {
    @Override
    public boolean needsNegatives() {
      return fault == Fault.ASKS_FOR_NEGATIVES;
    }

    @Override
    public Tensor sum(LossContext context) {
      Tensor seen = sum(context, SEEN);
      Tensor sum = fault == Fault.LEAVES_A_LABEL_OUT ? seen : seen.plus(sum(context, SECONDS));
      Tensor prediction = context.prediction(SECONDS);
      return switch (fault) {
        case TAKES_THE_MEAN -> sum.dividedBy(context.labelWeight(SEEN).sumAll().plus(1));
        case READS_PADDING -> sum.plus(prediction.square().sumAll());
        case READS_UNKNOWN_TRUTHS ->
            sum.plus(
                prediction.times(context.label(SECONDS)).times(context.labelWeight(SEEN)).sumAll());
        case STOPS_GRADIENT -> sum.times(0.5).plus(sum.stopGradient().times(0.5));
        case OVERFLOWS -> sum.plus(prediction.exp().times(context.labelWeight(SECONDS)).sumAll());
        case READS_POSITIONS -> {
          Tensor place =
              prediction.graph().range(Dim.of(Model.LABELLED_DIM)).cast(ElementType.FLOAT);
          yield sum.plus(
              prediction.times(context.labelWeight(SECONDS)).times(place.unsqueeze(0)).sumAll());
        }
        default -> sum;
      };
    }

    private Tensor sum(LossContext context, String label) {
      Tensor error = context.prediction(label).minus(context.label(label)).square();
      Tensor weight = context.labelWeight(label);
      Tensor counted = fault == Fault.SQUARES_WEIGHTS ? weight.square() : weight;
      return error.times(counted).sumAll().times(context.labelScale(label));
    }
  }
}
