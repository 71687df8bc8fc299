package io.genrec.engine.evaluation;

import io.genrec.api.GenRecException;
import java.util.Arrays;
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
    if (!Arrays.equals(first.users(), second.users())) {
      throw new GenRecException(
          "DifferentUsers",
          "cannot compare "
              + metric
              + " of "
              + first.size()
              + " users with that of "
              + second.size()
              + " other users; evaluate both models on the same ones");
    }
    return difference(first.perUser(metric), second.perUser(metric));
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
    double[] means = resample(differences);
    return new Difference(
        Means.of(differences), percentile(means, TAIL), percentile(means, 1 - TAIL));
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
