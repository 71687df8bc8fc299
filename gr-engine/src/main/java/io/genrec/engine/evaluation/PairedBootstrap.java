package io.genrec.engine.evaluation;

import io.genrec.api.GenRecException;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import org.apiguardian.api.API;

/**
 * How sure a difference between two models is: users are drawn with replacement, both models'
 * values together, and the difference of means is taken each time (percentile bootstrap; B. Efron
 * and R. Tibshirani, "An Introduction to the Bootstrap", 1993, chapter 13).
 *
 * @param seed gives the same interval each time
 * @param resamples how often users are drawn, at least 100
 */
@API(status = API.Status.STABLE, since = "0.1")
public record PairedBootstrap(long seed, int resamples) {
  private static final double TAIL = 0.025;

  /**
   * A difference of means with its 95 % interval.
   *
   * @param mean the mean of the first minus the mean of the second
   * @param low the 2.5 percentile of the resampled differences
   * @param high the 97.5 percentile
   */
  public record Difference(double mean, double low, double high) {
    /** Whether the interval leaves out 0. */
    public boolean isSignificant() {
      return low > 0 || high < 0;
    }
  }

  /** Checks the number of resamples. */
  public PairedBootstrap {
    if (resamples < 100) {
      throw new IllegalArgumentException("resamples must be at least 100 but is " + resamples);
    }
  }

  /**
   * The difference of a metric between two models that were evaluated on the same users.
   *
   * @throws GenRecException {@code [GR/DifferentUsers]} if they were not; {@code [GR/NoUsers]};
   *     {@code [GR/UnknownMetric]}
   */
  public Difference difference(RankingMetrics first, RankingMetrics second, String metric) {
    return difference(List.of(first), List.of(second), metric);
  }

  /**
   * The difference of a metric between two models that were trained several times, for example from
   * several seeds. A user's value is the mean over a model's runs and only users are drawn: the
   * interval tells how sure the difference is between these runs, not how far further runs would
   * scatter.
   *
   * @param first the runs of one model, at least one
   * @param second the runs of the other
   * @throws GenRecException {@code [GR/DifferentUsers]} if two runs were not evaluated on the same
   *     users; {@code [GR/NoUsers]}; {@code [GR/UnknownMetric]}
   * @throws IllegalArgumentException if a model has no run
   */
  public Difference difference(
      List<RankingMetrics> first, List<RankingMetrics> second, String metric) {
    if (first.isEmpty() || second.isEmpty()) {
      throw new IllegalArgumentException("a difference needs at least one run of each model");
    }
    int[] users = first.get(0).users();
    return difference(pooled(first, users, metric), pooled(second, users, metric));
  }

  /** Each user's mean over runs. */
  private static double[] pooled(List<RankingMetrics> runs, int[] users, String metric) {
    double[] pooled = new double[users.length];
    for (RankingMetrics run : runs) {
      requireUsers(run, users, metric);
      double[] values = run.perUser(metric);
      Arrays.setAll(pooled, user -> pooled[user] + values[user] / runs.size());
    }
    return pooled;
  }

  private static void requireUsers(RankingMetrics run, int[] users, String metric) {
    if (!Arrays.equals(run.users(), users)) {
      throw new GenRecException(
          "DifferentUsers",
          "cannot compare "
              + metric
              + " of "
              + users.length
              + " users with that of "
              + run.size()
              + " other users; evaluate both models on the same ones");
    }
  }

  /**
   * The difference of the means of two arrays whose entries belong to the same users.
   *
   * @throws GenRecException {@code [GR/NoUsers]} if they are empty
   * @throws IllegalArgumentException if they differ in length
   */
  public Difference difference(double[] first, double[] second) {
    if (first.length != second.length) {
      throw new IllegalArgumentException(
          "pairs need arrays of one length but got " + first.length + " and " + second.length);
    }
    if (first.length == 0) {
      throw new GenRecException("NoUsers", "a difference of means needs at least one user");
    }
    double[] differences = new double[first.length];
    Arrays.setAll(differences, user -> first[user] - second[user]);
    return difference(Means.of(differences), resample(differences));
  }

  /**
   * A difference with its interval.
   *
   * @param resampled the same of all resamples, ascending
   */
  static Difference difference(double mean, double[] resampled) {
    return new Difference(mean, percentile(resampled, TAIL), percentile(resampled, 1 - TAIL));
  }

  private double[] resample(double[] differences) {
    SplittableRandom random = new SplittableRandom(seed);
    double[] means = new double[resamples];
    double[] drawn = new double[differences.length];
    for (int i = 0; i < resamples; i++) {
      Arrays.setAll(drawn, user -> differences[random.nextInt(differences.length)]);
      means[i] = Means.of(drawn);
    }
    Arrays.sort(means);
    return means;
  }

  /** Between two neighbours in proportion, as usual. */
  private static double percentile(double[] ascending, double fraction) {
    double place = fraction * (ascending.length - 1);
    int below = (int) place;
    int above = Math.min(below + 1, ascending.length - 1);
    return ascending[below] + (place - below) * (ascending[above] - ascending[below]);
  }
}
