package io.genrec.engine.evaluation;

import io.genrec.api.GenRecException;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.function.ToDoubleFunction;
import java.util.stream.Stream;
import org.apiguardian.api.API;

/**
 * How sure a difference between two models' predictions for the same impressions is: users are
 * drawn with replacement, each with all impressions, the metrics of both models are computed anew
 * from what was drawn, and their difference is taken (percentile bootstrap, as {@link
 * PairedBootstrap}). So the intervals are those of AUC and normalised entropy themselves, which are
 * no means over users.
 *
 * <p>A resample draws as many users as there are, by {@link SplittableRandom#nextInt(int)} among
 * the users in ascending order, one resample after another from one seed. So all models meet the
 * same users.
 *
 * @param seed gives the same interval each time
 * @param resamples how often users are drawn, at least 100
 */
@API(status = API.Status.EXPERIMENTAL, since = "0.1")
public record ImpressionBootstrap(long seed, int resamples) {
  /** What is compared. */
  public enum Metric {
    /** {@link OutcomeScores#auc}. */
    AUC,
    /** {@link OutcomeScores#gauc}; a user who is drawn twice counts as two users. */
    GAUC,
    /** {@link OutcomeScores#normalisedEntropy}, over that of the resample's own base rate. */
    NE
  }

  /** Checks the number of resamples. */
  public ImpressionBootstrap {
    if (resamples < 100) {
      throw new IllegalArgumentException("resamples must be at least 100 but is " + resamples);
    }
  }

  /**
   * One run's metrics on all resamples.
   *
   * @param scores the run's predictions
   * @param samples by metric and resample
   */
  @SuppressWarnings("ArrayRecordComponent")
  public record Resampled(OutcomeScores scores, double[][] samples) {
    /** The metric of all impressions. */
    double value(Metric metric) {
      return switch (metric) {
        case AUC -> scores.auc();
        case GAUC -> scores.gauc().value();
        case NE -> scores.normalisedEntropy();
      };
    }
  }

  /** Draws users and measures a run on them. */
  public Resampled resample(OutcomeScores scores) {
    Users users = Users.of(scores);
    SplittableRandom random = new SplittableRandom(seed);
    double[][] samples = new double[Metric.values().length][resamples];
    int[] times = new int[users.count()];
    for (int sample = 0; sample < resamples; sample++) {
      Arrays.fill(times, 0);
      for (int draw = 0; draw < times.length; draw++) {
        times[random.nextInt(times.length)]++;
      }
      samples[Metric.AUC.ordinal()][sample] = users.auc(times);
      samples[Metric.GAUC.ordinal()][sample] = users.gauc(times);
      samples[Metric.NE.ordinal()][sample] = users.normalisedEntropy(times);
    }
    return new Resampled(scores, samples);
  }

  /**
   * The difference of a metric between two models, each the mean over its runs. The interval tells
   * how sure it is between these runs, not how far further runs would scatter.
   *
   * @param first the runs of one model, at least one
   * @param second the runs of the other
   * @throws GenRecException {@code [GR/DifferentUsers]} unless all runs are of the same impressions
   * @throws IllegalArgumentException if a model has no run
   */
  public PairedBootstrap.Difference difference(
      List<Resampled> first, List<Resampled> second, Metric metric) {
    if (first.isEmpty() || second.isEmpty()) {
      throw new IllegalArgumentException("a difference needs at least one run of each model");
    }
    OutcomeScores impressions = first.get(0).scores();
    Stream.concat(first.stream(), second.stream())
        .forEach(run -> requireSame(impressions, run.scores(), metric));
    double mean = mean(first, run -> run.value(metric)) - mean(second, run -> run.value(metric));
    double[] differences = new double[resamples];
    Arrays.setAll(
        differences,
        i ->
            mean(first, run -> run.samples()[metric.ordinal()][i])
                - mean(second, run -> run.samples()[metric.ordinal()][i]));
    // Resamples in which nobody has both outcomes have no AUC.
    double[] defined = Arrays.stream(differences).filter(Double::isFinite).sorted().toArray();
    return defined.length == 0
        ? new PairedBootstrap.Difference(mean, Double.NaN, Double.NaN)
        : PairedBootstrap.difference(mean, defined);
  }

  private static double mean(List<Resampled> runs, ToDoubleFunction<Resampled> value) {
    return Means.of(runs.stream().mapToDouble(value).toArray());
  }

  private static void requireSame(OutcomeScores one, OutcomeScores other, Metric metric) {
    if (!Arrays.equals(one.users(), other.users())
        || !Arrays.equals(one.outcomes(), other.outcomes())) {
      throw new GenRecException(
          "DifferentUsers",
          "cannot compare "
              + metric
              + " of "
              + one.size()
              + " impressions with that of "
              + other.size()
              + " others; evaluate both models on the same ones");
    }
  }

  /**
   * A run's impressions by user, so that a resample takes one pass.
   *
   * @param scores the run
   * @param order the impressions by score, ascending
   * @param owner each impression's user, from 0
   * @param impressions of each user
   * @param happened how many of them happened
   * @param loss the sum of each user's losses
   * @param auc each user's own AUC; NaN without both outcomes
   */
  @SuppressWarnings("ArrayRecordComponent")
  private record Users(
      OutcomeScores scores,
      int[] order,
      int[] owner,
      long[] impressions,
      long[] happened,
      double[] loss,
      double[] auc) {
    static Users of(OutcomeScores scores) {
      int[] known = Arrays.stream(scores.users()).distinct().sorted().toArray();
      int[] owner =
          Arrays.stream(scores.users()).map(user -> Arrays.binarySearch(known, user)).toArray();
      int[] order = scores.byLogit();
      Users users =
          new Users(
              scores,
              order,
              owner,
              new long[known.length],
              new long[known.length],
              new double[known.length],
              new double[known.length]);
      for (int i = 0; i < owner.length; i++) {
        users.impressions[owner[i]]++;
        users.happened[owner[i]] += scores.outcomes()[i] == 1 ? 1 : 0;
        users.loss[owner[i]] += scores.loss(i);
      }
      int[] grouped = scores.byUser(order);
      int from = 0;
      for (int user = 0; user < known.length; user++) {
        int to = from + (int) users.impressions[user];
        users.auc[user] = scores.auc(grouped, from, to);
        from = to;
      }
      return users;
    }

    int count() {
      return impressions.length;
    }

    /** As {@link OutcomeScores#auc}, each impression as often as its user was drawn. */
    double auc(int[] times) {
      float[] logits = scores.logits();
      float[] outcomes = scores.outcomes();
      long below = 0;
      long positives = 0;
      long twice = 0;
      int next;
      for (int first = 0; first < order.length; first = next) {
        long positive = 0;
        long negative = 0;
        for (next = first;
            next < order.length && logits[order[next]] == logits[order[first]];
            next++) {
          int drawn = times[owner[order[next]]];
          if (outcomes[order[next]] == 1) {
            positive += drawn;
          } else {
            negative += drawn;
          }
        }
        twice += positive * (2 * below + negative);
        below += negative;
        positives += positive;
      }
      return positives == 0 || below == 0 ? Double.NaN : twice / (2.0 * positives * below);
    }

    double gauc(int[] times) {
      double sum = 0;
      long weight = 0;
      for (int user = 0; user < times.length; user++) {
        if (times[user] > 0 && !Double.isNaN(auc[user])) {
          long counted = times[user] * impressions[user];
          sum += counted * auc[user];
          weight += counted;
        }
      }
      return sum / weight;
    }

    double normalisedEntropy(int[] times) {
      double sum = 0;
      long all = 0;
      long positives = 0;
      for (int user = 0; user < times.length; user++) {
        sum += times[user] * loss[user];
        all += times[user] * impressions[user];
        positives += times[user] * happened[user];
      }
      return sum / all / OutcomeScores.entropy((double) positives / all);
    }
  }
}
