package io.genrec.gpsd;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.data.Offset.offset;

import io.genrec.engine.evaluation.OutcomeScores;
import io.genrec.engine.evaluation.TargetRank;
import io.genrec.gpsd.PowerLaw.Interval;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

class UserScoresTest {
  private static UserScores scores(int users, double gain, long seed) {
    Random random = new Random(seed);
    float[] targets = new float[users];
    float[] negatives = new float[users];
    for (int i = 0; i < users; i++) {
      targets[i] = (float) (random.nextGaussian() + gain);
      negatives[i] = Math.round(random.nextGaussian() * 4) / 4f;
    }
    return new UserScores(targets, negatives);
  }

  @Test
  void aucIsTheShareOfPairsInTheRightOrder() {
    UserScores scores = scores(60, 0.5, 1);
    double right = 0;
    for (float target : scores.targets()) {
      for (float negative : scores.negatives()) {
        right += target > negative ? 1 : target == negative ? 0.5 : 0;
      }
    }
    assertThat(scores.auc()).isCloseTo(right / 3600, offset(1e-12));
    assertThat(UserScores.interval(List.of(scores), 200, 1).contains(scores.auc())).isTrue();
  }

  /** The AUC of the same draws, each with its samples written out. */
  @Test
  void intervalsAreThoseOfUsersDrawnAgain() {
    UserScores scores = scores(40, 0.3, 4);
    SplittableRandom random = new SplittableRandom(9);
    double[] values = new double[50];
    for (int round = 0; round < values.length; round++) {
      int[] ids = new int[80];
      float[] logits = new float[80];
      float[] outcomes = new float[80];
      for (int i = 0; i < 40; i++) {
        int user = random.nextInt(40);
        logits[2 * i] = scores.targets()[user];
        logits[2 * i + 1] = scores.negatives()[user];
        outcomes[2 * i] = 1;
      }
      values[round] = new OutcomeScores(ids, logits, outcomes).auc();
    }
    Arrays.sort(values);
    Interval interval = UserScores.interval(List.of(scores), 50, 9);
    assertThat(interval.low()).isCloseTo(PowerLaw.quantile(values, 0.025), offset(1e-12));
    assertThat(interval.high()).isCloseTo(PowerLaw.quantile(values, 0.975), offset(1e-12));
  }

  @Test
  void differencesArePairedByUser() {
    UserScores base = scores(300, 0.5, 2);
    float[] better = base.targets().clone();
    for (int i = 0; i < better.length; i++) {
      better[i] += 0.15f;
    }
    UserScores raised = new UserScores(better, base.negatives());
    Interval same = UserScores.difference(List.of(base), List.of(base), 100, 3);
    assertThat(same).isEqualTo(new Interval(0, 0));
    Interval gain = UserScores.difference(List.of(raised), List.of(base), 300, 3);
    assertThat(gain.low()).isGreaterThan(0);
    // Far narrower than the interval of either.
    Interval alone = UserScores.interval(List.of(base), 300, 3);
    assertThat(gain.high() - gain.low()).isLessThan((alone.high() - alone.low()) / 2);
  }

  @Test
  void targetsAreRankedAmongTheirOwnUsersImpressions() {
    OutcomeScores scores =
        new OutcomeScores(
            new int[] {3, 3, 3, 8, 8, 8},
            new float[] {0.5f, 0.7f, 0.5f, 9, 9, 8},
            new float[] {1, 0, 0, 0, 0, 1});
    assertThat(UserScores.ranks(scores))
        .containsExactly(new TargetRank(1, 2), new TargetRank(2, 1));
  }
}
