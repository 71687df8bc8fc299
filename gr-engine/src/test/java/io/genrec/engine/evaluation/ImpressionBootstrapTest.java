package io.genrec.engine.evaluation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.data.Offset.offset;

import io.genrec.api.GenRecException;
import io.genrec.engine.evaluation.ImpressionBootstrap.Metric;
import io.genrec.engine.evaluation.ImpressionBootstrap.Resampled;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

class ImpressionBootstrapTest {
  private static final ImpressionBootstrap BOOTSTRAP = new ImpressionBootstrap(7, 200);
  private static final int[] USERS = {9, 2, 2, 5, 5, 5, 5, 9, 3, 3, 12, 12, 12, 2};

  /** Predictions with ties; outcomes are the same for all. */
  private static OutcomeScores run(int seed) {
    Random random = new Random(seed);
    float[] logits = new float[USERS.length];
    float[] outcomes = new float[USERS.length];
    for (int i = 0; i < logits.length; i++) {
      logits[i] = random.nextInt(-4, 5) / 2f;
      outcomes[i] = i % 3 == 0 || i == 5 ? 1 : 0;
    }
    return new OutcomeScores(USERS, logits, outcomes);
  }

  /** Impressions of the drawn users side by side; a user who is drawn twice is two users. */
  private static OutcomeScores drawn(OutcomeScores run, int[] draws) {
    int[] known = Arrays.stream(USERS).distinct().sorted().toArray();
    int[] users = new int[USERS.length * draws.length];
    float[] logits = new float[users.length];
    float[] outcomes = new float[users.length];
    int size = 0;
    for (int draw = 0; draw < draws.length; draw++) {
      for (int i = 0; i < USERS.length; i++) {
        if (USERS[i] == known[draws[draw]]) {
          users[size] = draw;
          logits[size] = run.logits()[i];
          outcomes[size++] = run.outcomes()[i];
        }
      }
    }
    return new OutcomeScores(
        Arrays.copyOf(users, size), Arrays.copyOf(logits, size), Arrays.copyOf(outcomes, size));
  }

  private static double value(OutcomeScores scores, Metric metric) {
    return switch (metric) {
      case AUC -> scores.auc();
      case GAUC -> scores.gauc().value();
      case NE -> scores.normalisedEntropy();
    };
  }

  @Test
  void eachResampleHasTheMetricsOfTheDrawnImpressions() {
    OutcomeScores run = run(1);
    Resampled resampled = BOOTSTRAP.resample(run);
    SplittableRandom random = new SplittableRandom(7);
    for (int sample = 0; sample < 200; sample++) {
      int[] draws = random.ints(5, 0, 5).toArray();
      OutcomeScores slow = drawn(run, draws);
      for (Metric metric : Metric.values()) {
        double expected = value(slow, metric);
        double actual = resampled.samples()[metric.ordinal()][sample];
        if (Double.isFinite(expected)) {
          assertThat(actual).as("%s %d", metric, sample).isCloseTo(expected, offset(1e-12));
        } else {
          assertThat(actual).as("%s %d", metric, sample).isNaN();
        }
      }
    }
  }

  @Test
  void differencesAreThoseOfMeansOverRuns() {
    List<Resampled> first = List.of(BOOTSTRAP.resample(run(1)), BOOTSTRAP.resample(run(2)));
    List<Resampled> second = List.of(BOOTSTRAP.resample(run(3)));
    for (Metric metric : Metric.values()) {
      PairedBootstrap.Difference difference = BOOTSTRAP.difference(first, second, metric);
      assertThat(difference.mean())
          .isCloseTo(
              (value(run(1), metric) + value(run(2), metric)) / 2 - value(run(3), metric),
              offset(1e-12));
      double[] slow = new double[200];
      for (int i = 0; i < slow.length; i++) {
        int m = metric.ordinal();
        slow[i] =
            (first.get(0).samples()[m][i] + first.get(1).samples()[m][i]) / 2
                - second.get(0).samples()[m][i];
      }
      double[] sorted = Arrays.stream(slow).filter(x -> !Double.isNaN(x)).sorted().toArray();
      // Of n values at 0 .. n - 1 the 2.5 percentile is at 0.025 (n - 1).
      double place = 0.025 * (sorted.length - 1);
      double low =
          sorted[(int) place]
              + (place - (int) place) * (sorted[(int) place + 1] - sorted[(int) place]);
      assertThat(difference.low()).isCloseTo(low, offset(1e-12));
      assertThat(difference.high()).isGreaterThan(difference.low());
    }
    PairedBootstrap.Difference none = BOOTSTRAP.difference(second, second, Metric.AUC);
    assertThat(none).isEqualTo(new PairedBootstrap.Difference(0, 0, 0));
  }

  @Test
  void otherImpressionsAreRefused() {
    OutcomeScores run = run(1);
    float[] other = run.outcomes().clone();
    other[1] = 1;
    Resampled first = BOOTSTRAP.resample(run);
    Resampled second = BOOTSTRAP.resample(new OutcomeScores(USERS, run.logits(), other));
    assertThatThrownBy(() -> BOOTSTRAP.difference(List.of(first), List.of(second), Metric.NE))
        .isInstanceOf(GenRecException.class)
        .hasMessageContainingAll("[GR/DifferentUsers]", "same ones");
    assertThatThrownBy(() -> BOOTSTRAP.difference(List.of(), List.of(second), Metric.NE))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> new ImpressionBootstrap(1, 99))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("99");
  }
}
