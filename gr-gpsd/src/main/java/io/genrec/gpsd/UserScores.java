package io.genrec.gpsd;

import io.genrec.engine.evaluation.OutcomeScores;
import io.genrec.engine.evaluation.TargetRank;
import io.genrec.gpsd.PowerLaw.Interval;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.SplittableRandom;
import java.util.function.ToDoubleFunction;
import java.util.stream.IntStream;
import org.apiguardian.api.API;

/**
 * Scores of each test user's target and negative, in the order of users: what intervals of AUC are
 * drawn from.
 *
 * @param targets scores of targets
 * @param negatives scores of negatives
 */
@API(status = API.Status.EXPERIMENTAL, since = "0.1")
@SuppressWarnings("ArrayRecordComponent")
public record UserScores(float[] targets, float[] negatives) {
  private static final double CONFIDENCE = 0.95;

  /** Checks the numbers of entries. */
  public UserScores {
    if (targets.length != negatives.length) {
      throw new IllegalArgumentException("each user needs a target and a negative");
    }
  }

  /** Of scores by impression in which each user's target and negative follow each other. */
  public static UserScores of(OutcomeScores scores) {
    float[] targets = new float[scores.size() / 2];
    float[] negatives = new float[targets.length];
    for (int user = 0; user < targets.length; user++) {
      boolean first = scores.outcomes()[2 * user] == 1;
      targets[user] = scores.logits()[first ? 2 * user : 2 * user + 1];
      negatives[user] = scores.logits()[first ? 2 * user + 1 : 2 * user];
    }
    return new UserScores(targets, negatives);
  }

  /**
   * Where each user's target stands among the user's impressions, which follow each other.
   *
   * @param scores of impressions of which one of each user is a target
   */
  public static List<TargetRank> ranks(OutcomeScores scores) {
    List<TargetRank> ranks = new ArrayList<>();
    int next;
    for (int from = 0; from < scores.size(); from = next) {
      int target = from;
      for (next = from; next < scores.size() && sameUser(scores, next, from); next++) {
        target = scores.outcomes()[next] == 1 ? next : target;
      }
      int above = 0;
      int tied = 0;
      for (int i = from; i < next; i++) {
        above += scores.logits()[i] > scores.logits()[target] ? 1 : 0;
        tied += scores.logits()[i] == scores.logits()[target] ? 1 : 0;
      }
      ranks.add(new TargetRank(above, tied));
    }
    return ranks;
  }

  private static boolean sameUser(OutcomeScores scores, int one, int other) {
    return scores.users()[one] == scores.users()[other];
  }

  /** Scores by how often items are events. */
  public static UserScores popularity(ClickData data, long[] counts) {
    int[] users = data.users(ClickData.Part.TEST);
    float[] targets = new float[users.length];
    float[] negatives = new float[users.length];
    for (int i = 0; i < users.length; i++) {
      targets[i] = counts[data.target(users[i])];
      negatives[i] = counts[data.negative(users[i])];
    }
    return new UserScores(targets, negatives);
  }

  /** The AUC of all samples. */
  public double auc() {
    int[] once = new int[targets.length];
    Arrays.fill(once, 1);
    return new Order(this).auc(once);
  }

  /** The 95 % interval of the mean AUC of some runs by the bootstrap over users. */
  public static Interval interval(List<UserScores> runs, int rounds, long seed) {
    List<Order> orders = runs.stream().map(Order::new).toList();
    return runs.get(0).drawn(rounds, seed, times -> mean(orders, times));
  }

  /**
   * The 95 % interval of the mean AUC of some runs minus that of others, by the paired bootstrap:
   * each round draws users, the same for all runs.
   */
  public static Interval difference(
      List<UserScores> ones, List<UserScores> others, int rounds, long seed) {
    List<Order> first = ones.stream().map(Order::new).toList();
    List<Order> second = others.stream().map(Order::new).toList();
    return ones.get(0).drawn(rounds, seed, times -> mean(first, times) - mean(second, times));
  }

  private static double mean(List<Order> runs, int[] times) {
    return runs.stream().mapToDouble(run -> run.auc(times)).average().orElseThrow();
  }

  private Interval drawn(int rounds, long seed, ToDoubleFunction<int[]> statistic) {
    SplittableRandom random = new SplittableRandom(seed);
    double[] values = new double[rounds];
    for (int round = 0; round < rounds; round++) {
      int[] times = new int[targets.length];
      for (int draw = 0; draw < times.length; draw++) {
        times[random.nextInt(times.length)]++;
      }
      values[round] = statistic.applyAsDouble(times);
    }
    return Interval.of(values, CONFIDENCE);
  }

  /** Samples by score, sorted once for all draws of users. */
  private static final class Order {
    private final int users;
    private final int[] samples;
    private final float[] scores;

    Order(UserScores of) {
      users = of.targets.length;
      float[] all = Arrays.copyOf(of.targets, 2 * users);
      System.arraycopy(of.negatives, 0, all, users, users);
      samples =
          IntStream.range(0, all.length)
              .boxed()
              .sorted(Comparator.comparingDouble(sample -> all[sample]))
              .mapToInt(Integer::intValue)
              .toArray();
      scores = all;
    }

    /** The AUC if each user is there so many times: pairs in the right order, ties by half. */
    double auc(int[] times) {
      long below = 0;
      long above = 0;
      long twice = 0;
      int next;
      for (int first = 0; first < samples.length; first = next) {
        long positive = 0;
        long negative = 0;
        for (next = first;
            next < samples.length && scores[samples[next]] == scores[samples[first]];
            next++) {
          int sample = samples[next];
          if (sample < users) {
            positive += times[sample];
          } else {
            negative += times[sample - users];
          }
        }
        twice += positive * (2 * below + negative);
        below += negative;
        above += positive;
      }
      return twice / (2.0 * above * below);
    }
  }
}
