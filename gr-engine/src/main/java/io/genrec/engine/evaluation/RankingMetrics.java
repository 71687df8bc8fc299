package io.genrec.engine.evaluation;

import io.genrec.api.GenRecException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.ToDoubleFunction;
import org.apiguardian.api.API;

/**
 * Ranks of users' targets and the metrics that follow. Only ranks are kept, by user, so it does not
 * matter in which order users are added or parts are merged: means always add up in the order of
 * users.
 *
 * <p>Not thread-safe: one per worker, merged at the end.
 */
@API(status = API.Status.STABLE, since = "0.1")
public final class RankingMetrics {
  private final RankingProtocol protocol;
  private final TreeMap<Integer, TargetRank> ranks = new TreeMap<>();

  /** Which users belong to a subset. */
  @FunctionalInterface
  public interface Users {
    /** Whether a user with this rank belongs. */
    boolean include(int user, TargetRank rank);
  }

  /** Metrics of no users yet. */
  public RankingMetrics(RankingProtocol protocol) {
    this.protocol = protocol;
  }

  /** What is measured. */
  public RankingProtocol protocol() {
    return protocol;
  }

  /**
   * Adds a user.
   *
   * @param user the user's index in the data
   * @throws GenRecException {@code [GR/DuplicateUser]} if the user was added before
   */
  public void add(int user, TargetRank rank) {
    if (ranks.putIfAbsent(user, rank) != null) {
      throw new GenRecException(
          "DuplicateUser",
          "user " + user + " was evaluated before; give each user to one part of the evaluation");
    }
  }

  /**
   * Adds all users of another part.
   *
   * @throws GenRecException {@code [GR/DuplicateUser]} if a user is in both
   * @throws IllegalArgumentException if the parts measure different things
   */
  public void merge(RankingMetrics part) {
    if (!protocol.equals(part.protocol)) {
      throw new IllegalArgumentException(
          "cannot merge metrics of " + part.protocol + " into those of " + protocol);
    }
    part.ranks.forEach(this::add);
  }

  /** A copy with some of the users, for example those in no tie. */
  public RankingMetrics subset(Users users) {
    RankingMetrics subset = new RankingMetrics(protocol);
    ranks.forEach(
        (user, rank) -> {
          if (users.include(user, rank)) {
            subset.add(user, rank);
          }
        });
    return subset;
  }

  /** The number of users. */
  public int size() {
    return ranks.size();
  }

  /** The users, ascending. */
  public int[] users() {
    return ranks.keySet().stream().mapToInt(Integer::intValue).toArray();
  }

  /** The rank of each user's target, in the order of {@link #users}. */
  public List<TargetRank> ranks() {
    return List.copyOf(ranks.values());
  }

  /**
   * A metric of each user, in the order of {@link #users}.
   *
   * @param metric for example {@code ndcg@10}
   * @throws GenRecException {@code [GR/UnknownMetric]}
   */
  public double[] perUser(String metric) {
    ToDoubleFunction<TargetRank> function = protocol.metric(metric);
    return ranks.values().stream().mapToDouble(function).toArray();
  }

  /**
   * The mean of a metric over all users.
   *
   * @param metric for example {@code hr@10}
   * @throws GenRecException {@code [GR/UnknownMetric]}; {@code [GR/NoUsers]} if there are none
   */
  public double mean(String metric) {
    double[] values = perUser(metric);
    if (values.length == 0) {
      throw new GenRecException(
          "NoUsers",
          "the mean of " + metric + " needs at least one user; check size() of subsets first");
    }
    return Means.of(values);
  }

  /**
   * The means of all metrics, in the order of {@link RankingProtocol#metrics}.
   *
   * @throws GenRecException {@code [GR/NoUsers]} if there are none
   */
  public Map<String, Double> means() {
    Map<String, Double> means = new LinkedHashMap<>();
    protocol.metrics().forEach(metric -> means.put(metric, mean(metric)));
    return means;
  }
}
