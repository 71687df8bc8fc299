package io.genrec.engine.evaluation;

import org.apiguardian.api.API;

/**
 * Where a user's target stands among all items. Items with the target's score are in random order:
 * the target's rank is each of {@code above + 1} to {@code above + tied} with the same chance, and
 * the metrics are their expectations, so that a model cannot gain by giving equal scores.
 *
 * @param above the items with a larger score
 * @param tied the items with the target's score, the target included; 0 if the target is no
 *     candidate
 */
@API(status = API.Status.STABLE, since = "0.1")
public record TargetRank(int above, int tied) {
  /** The target is no candidate: it is unknown to the model, or filtered because it was seen. */
  public static final TargetRank ABSENT = new TargetRank(0, 0);

  /** Checks the numbers. */
  public TargetRank {
    if (above < 0 || tied < 0) {
      throw new IllegalArgumentException(
          "ranks have no negative counts but above is " + above + " and tied is " + tied);
    }
    Math.addExact(above, tied);
  }

  /** Whether the target is a candidate. */
  public boolean isPresent() {
    return tied > 0;
  }

  /** Whether another item has the target's score. */
  public boolean isTied() {
    return tied > 1;
  }

  /**
   * HR@k: the chance that the target is among the first k. With one target it equals recall.
   *
   * @param k at least 1
   */
  public double hitRate(int k) {
    return isPresent() ? Math.min(1, Math.max(0, k - above) / (double) tied) : 0;
  }

  /**
   * NDCG@k: the expectation of 1 / log2(rank + 1) if the target is among the first k, else 0.
   *
   * @param k at least 1
   */
  public double ndcg(int k) {
    double sum = 0;
    for (int rank = above + 1; rank <= Math.min(k, above + tied); rank++) {
      sum += Math.log(2) / Math.log(rank + 1.0);
    }
    return isPresent() ? sum / tied : 0;
  }

  /** MRR: the expectation of 1 / rank; 0 if the target is no candidate. */
  public double reciprocal() {
    return isPresent() ? Harmonic.between(above, above + tied) / tied : 0;
  }

  /**
   * MRR where only so many items are retrieved: all ranks beyond the cut-off, and a target that is
   * no candidate, count as the rank after it. So the published research models are measured, with
   * 2500.
   *
   * @param cutoff at least 1
   */
  public double reciprocal(int cutoff) {
    if (!isPresent() || above >= cutoff) {
      return 1.0 / (cutoff + 1.0);
    }
    int last = Math.min(cutoff, above + tied);
    int beyond = above + tied - last;
    return (Harmonic.between(above, last) + beyond / (cutoff + 1.0)) / tied;
  }
}
