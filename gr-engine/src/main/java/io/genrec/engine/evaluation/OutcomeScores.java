package io.genrec.engine.evaluation;

import io.genrec.api.GenRecException;
import java.util.Arrays;
import org.apiguardian.api.API;

/**
 * Predictions of what happens or not, and what did, impression by impression; and the metrics that
 * follow, exact at any size. Impressions whose outcome is not known (NaN) take no part.
 *
 * @param users the number of each impression's user in the data
 * @param logits the predictions; the chance is their sigmoid
 * @param outcomes 1 or 0, or NaN
 */
@API(status = API.Status.STABLE, since = "0.1")
@SuppressWarnings("ArrayRecordComponent")
public record OutcomeScores(int[] users, float[] logits, float[] outcomes) {
  /**
   * Leaves out what is not known.
   *
   * @throws GenRecException {@code [GR/NotANumber]} if a prediction is NaN; {@code
   *     [GR/InvalidValue]} if an outcome is neither 0, 1 nor NaN
   */
  public OutcomeScores {
    if (users.length != logits.length || users.length != outcomes.length) {
      throw new IllegalArgumentException("users, logits and outcomes must be equally many");
    }
    int[] knownUsers = new int[users.length];
    float[] knownLogits = new float[users.length];
    float[] knownOutcomes = new float[users.length];
    int known = 0;
    for (int i = 0; i < users.length; i++) {
      if (Float.isNaN(outcomes[i])) {
        continue;
      }
      requireUsable(logits[i], outcomes[i], i);
      knownUsers[known] = users[i];
      // Zero has two bit patterns; ties are found by bits.
      knownLogits[known] = logits[i] + 0f;
      knownOutcomes[known++] = outcomes[i];
    }
    users = Arrays.copyOf(knownUsers, known);
    logits = Arrays.copyOf(knownLogits, known);
    outcomes = Arrays.copyOf(knownOutcomes, known);
  }

  private static void requireUsable(float logit, float outcome, int impression) {
    if (Float.isNaN(logit)) {
      throw new GenRecException(
          "NotANumber",
          "the prediction of impression "
              + impression
              + " is not a number; look for infinite or NaN weights in the model");
    }
    if (outcome != 0 && outcome != 1) {
      throw new GenRecException(
          "InvalidValue",
          "the outcome of impression " + impression + " is " + outcome + "; expected 0 or 1");
    }
  }

  /** The number of impressions. */
  public int size() {
    return users.length;
  }

  /** The share of impressions at which it happened; NaN if there are none. */
  public double baseRate() {
    double sum = 0;
    for (float outcome : outcomes) {
      sum += outcome;
    }
    return sum / size();
  }

  /**
   * The chance that an impression at which it happened is scored above one at which it did not, a
   * tie counting half; NaN if it always or never happened.
   */
  public double auc() {
    int[] order = byLogit();
    return auc(order, 0, order.length);
  }

  /**
   * The mean of users' own AUC, weighted by their impressions.
   *
   * @param value the mean; NaN if no user has both outcomes
   * @param users the users with both outcomes: only they have an AUC
   * @param impressions the impressions of those users
   */
  public record Grouped(double value, int users, long impressions) {}

  /** The AUC within users. */
  public Grouped gauc() {
    int[] order = byUser(byLogit());
    double sum = 0;
    int counted = 0;
    long impressions = 0;
    int next;
    for (int from = 0; from < order.length; from = next) {
      next = from + 1;
      while (next < order.length && users[order[next]] == users[order[from]]) {
        next++;
      }
      double own = auc(order, from, next);
      if (!Double.isNaN(own)) {
        sum += own * (next - from);
        counted++;
        impressions += next - from;
      }
    }
    return new Grouped(sum / impressions, counted, impressions);
  }

  /** The mean of -ln of the chance that was given to what came. */
  public double logLoss() {
    double sum = 0;
    for (int i = 0; i < size(); i++) {
      sum += loss(i);
    }
    return sum / size();
  }

  /** -ln of the chance that was given to what came of an impression. */
  double loss(int impression) {
    double logit = outcomes[impression] == 1 ? -logits[impression] : logits[impression];
    // ln(1 + e^x) without overflow.
    return Math.max(logit, 0) + Math.log1p(Math.exp(-Math.abs(logit)));
  }

  /**
   * Normalised entropy: the log loss over that of always giving these impressions' own base rate
   * (He et al., ADKDD 2014). Below 1 is better than knowing the rate alone.
   */
  public double normalisedEntropy() {
    return logLoss() / entropy(baseRate());
  }

  /** The log loss of always giving the rate itself. */
  static double entropy(double rate) {
    return -(rate * Math.log(rate) + (1 - rate) * Math.log1p(-rate));
  }

  /** The mean of all given chances over the base rate: 1 is right. */
  public double calibration() {
    double sum = 0;
    for (float logit : logits) {
      sum += 1 / (1 + Math.exp(-logit));
    }
    return sum / size() / baseRate();
  }

  /** The impressions by score, ascending. */
  int[] byLogit() {
    long[] keys = new long[size()];
    for (int i = 0; i < keys.length; i++) {
      int bits = Float.floatToIntBits(logits[i]);
      // Flipped so that whole numbers are in the order of the reals; the index goes below them.
      int ordered = bits ^ ((bits >> 31) & Integer.MAX_VALUE);
      keys[i] = ((long) ordered << Integer.SIZE) | i;
    }
    Arrays.sort(keys);
    return Arrays.stream(keys).mapToInt(key -> (int) key).toArray();
  }

  /** A stable sort by user. */
  int[] byUser(int[] order) {
    long[] keys = new long[order.length];
    for (int place = 0; place < keys.length; place++) {
      keys[place] = ((long) users[order[place]] << Integer.SIZE) | place;
    }
    Arrays.sort(keys);
    return Arrays.stream(keys).mapToInt(key -> order[(int) key]).toArray();
  }

  /** Twice the pairs in the right order, ties once, over twice all pairs; in whole numbers. */
  double auc(int[] order, int from, int to) {
    long below = 0;
    long happened = 0;
    long twice = 0;
    int next;
    for (int first = from; first < to; first = next) {
      long positive = 0;
      next = first;
      while (next < to && logits[order[next]] == logits[order[first]]) {
        positive += outcomes[order[next++]] == 1 ? 1 : 0;
      }
      long negative = next - first - positive;
      twice += positive * (2 * below + negative);
      below += negative;
      happened += positive;
    }
    return happened == 0 || below == 0 ? Double.NaN : twice / (2.0 * happened * below);
  }
}
