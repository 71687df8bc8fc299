package io.genrec.engine.evaluation;

import io.genrec.api.GenRecException;
import java.util.ArrayList;
import java.util.List;
import java.util.function.ToDoubleFunction;
import org.apiguardian.api.API;
import org.jspecify.annotations.Nullable;

/**
 * What is measured: {@code hr@k} and {@code ndcg@k} for each k, and {@code mrr}.
 *
 * @param k the lengths of lists, ascending, each at least 1
 * @param cutoff how many items are retrieved: ranks beyond it count as the one after it, which only
 *     MRR shows; null if all are
 */
@API(status = API.Status.STABLE, since = "0.1")
public record RankingProtocol(List<Integer> k, @Nullable Integer cutoff) {
  /** Copies the list and checks the numbers. */
  public RankingProtocol {
    k = List.copyOf(k);
    if (k.isEmpty()) {
      throw new IllegalArgumentException("k must name at least one length of a list");
    }
    int previous = 0;
    for (int length : k) {
      if (length <= previous) {
        throw new IllegalArgumentException("k must ascend from at least 1 but is " + k);
      }
      previous = length;
    }
    if (cutoff != null && cutoff < previous) {
      throw new IllegalArgumentException(
          "cutoff must be at least the largest k, " + previous + ", but is " + cutoff);
    }
  }

  /** All items are ranked; k is 1, 5, 10, 20, 50, 100, 200. */
  public static RankingProtocol full() {
    return new RankingProtocol(List.of(1, 5, 10, 20, 50, 100, 200), null);
  }

  /**
   * As the published research models are measured: 2500 items are retrieved; k is 1, 10, 50, 100,
   * 200, 500, 1000.
   */
  public static RankingProtocol published() {
    return new RankingProtocol(List.of(1, 10, 50, 100, 200, 500, 1000), 2500);
  }

  /** The names of the metrics: {@code hr@1, ..., ndcg@1, ..., mrr}. */
  public List<String> metrics() {
    List<String> names = new ArrayList<>();
    k.forEach(length -> names.add("hr@" + length));
    k.forEach(length -> names.add("ndcg@" + length));
    names.add("mrr");
    return List.copyOf(names);
  }

  /**
   * How a metric follows from a rank.
   *
   * @param name one of {@link #metrics}
   * @throws GenRecException {@code [GR/UnknownMetric]}
   */
  public ToDoubleFunction<TargetRank> metric(String name) {
    for (int length : k) {
      if (name.equals("hr@" + length)) {
        return rank -> rank.hitRate(length);
      }
      if (name.equals("ndcg@" + length)) {
        return rank -> rank.ndcg(length);
      }
    }
    if (name.equals("mrr")) {
      return cutoff == null ? TargetRank::reciprocal : rank -> rank.reciprocal(cutoff);
    }
    throw new GenRecException(
        "UnknownMetric",
        "metric \"" + name + "\" is not measured; " + GenRecException.knownNames(name, metrics()));
  }
}
