package io.genrec.gpsd;

import io.genrec.engine.evaluation.OutcomeScores;
import io.genrec.engine.evaluation.TargetRank;
import io.genrec.gpsd.PowerLaw.Interval;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
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
    return auc(IntStream.range(0, targets.length).toArray());
  }

  private double auc(int[] users) {
    int[] ids = new int[2 * users.length];
    float[] logits = new float[ids.length];
    float[] outcomes = new float[ids.length];
    for (int i = 0; i < users.length; i++) {
      logits[2 * i] = targets[users[i]];
      logits[2 * i + 1] = negatives[users[i]];
      outcomes[2 * i] = 1;
    }
    return new OutcomeScores(ids, logits, outcomes).auc();
  }

  /** The 95 % interval of the mean AUC of some runs by the bootstrap over users. */
  public static Interval interval(Iterable<UserScores> runs, int rounds, long seed) {
    UserScores any = runs.iterator().next();
    return Interval.of(any.drawn(rounds, seed, users -> mean(runs, users)), CONFIDENCE);
  }

  /**
   * The 95 % interval of the mean AUC of some runs minus that of others, by the paired bootstrap:
   * each round draws users, the same for all runs.
   */
  public static Interval difference(
      Iterable<UserScores> ones, Iterable<UserScores> others, int rounds, long seed) {
    UserScores any = ones.iterator().next();
    return Interval.of(
        any.drawn(rounds, seed, users -> mean(ones, users) - mean(others, users)), CONFIDENCE);
  }

  private static double mean(Iterable<UserScores> runs, int[] users) {
    double sum = 0;
    int count = 0;
    for (UserScores run : runs) {
      sum += run.auc(users);
      count++;
    }
    return sum / count;
  }

  private interface Statistic {
    double of(int[] users);
  }

  private double[] drawn(int rounds, long seed, Statistic statistic) {
    SplittableRandom random = new SplittableRandom(seed);
    double[] values = new double[rounds];
    int[] users = new int[targets.length];
    for (int round = 0; round < rounds; round++) {
      Arrays.setAll(users, i -> random.nextInt(users.length));
      values[round] = statistic.of(users);
    }
    return values;
  }
}
