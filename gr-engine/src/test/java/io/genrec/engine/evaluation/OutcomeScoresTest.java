package io.genrec.engine.evaluation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.data.Offset.offset;

import io.genrec.api.GenRecException;
import io.genrec.api.task.Label;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Metrics of outcomes against their definitions, pair by pair. */
class OutcomeScoresTest {
  /** Impressions of few users with few different scores, so that many are tied. */
  private static OutcomeScores random(long seed, int size) {
    Random random = new Random(seed);
    int[] users = new int[size];
    float[] logits = new float[size];
    float[] outcomes = new float[size];
    for (int i = 0; i < size; i++) {
      users[i] = random.nextInt(7);
      logits[i] = (random.nextInt(9) - 4) * 0.75f * (random.nextBoolean() ? 1 : -1);
      // User 6 never does it.
      outcomes[i] = users[i] < 6 && random.nextDouble() < 0.3 + 0.05 * logits[i] ? 1 : 0;
    }
    return new OutcomeScores(users, logits, outcomes);
  }

  /** Right pairs and half of the tied ones over all pairs of a user, or of all users (-1). */
  private static double pairs(OutcomeScores scores, int user) {
    double right = 0;
    long pairs = 0;
    for (int i = 0; i < scores.size(); i++) {
      for (int j = 0; j < scores.size(); j++) {
        boolean asked = user < 0 || (scores.users()[i] == user && scores.users()[j] == user);
        if (asked && scores.outcomes()[i] == 1 && scores.outcomes()[j] == 0) {
          pairs++;
          right += scores.logits()[i] > scores.logits()[j] ? 1 : 0;
          right += scores.logits()[i] == scores.logits()[j] ? 0.5 : 0;
        }
      }
    }
    return pairs == 0 ? Double.NaN : right / pairs;
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4})
  void aucCountsPairsAndTiesByHalf(long seed) {
    OutcomeScores scores = random(seed, 400);
    assertThat(scores.auc()).isCloseTo(pairs(scores, -1), offset(1e-12));
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4})
  void gaucWeighsUsersWithBothOutcomesByTheirImpressions(long seed) {
    OutcomeScores scores = random(seed, 300);
    double sum = 0;
    long impressions = 0;
    int users = 0;
    for (int user = 0; user < 7; user++) {
      double own = pairs(scores, user);
      long count = 0;
      for (int other : scores.users()) {
        count += other == user ? 1 : 0;
      }
      if (!Double.isNaN(own)) {
        sum += own * count;
        impressions += count;
        users++;
      }
    }
    OutcomeScores.Grouped grouped = scores.gauc();
    assertThat(grouped.value()).isCloseTo(sum / impressions, offset(1e-12));
    assertThat(grouped.users()).isEqualTo(users).isLessThan(7);
    assertThat(grouped.impressions()).isEqualTo(impressions).isLessThan(300);
  }

  @ParameterizedTest
  @ValueSource(longs = {5, 6})
  void entropiesFollowTheirDefinitions(long seed) {
    OutcomeScores scores = random(seed, 200);
    double loss = 0;
    double given = 0;
    double happened = 0;
    for (int i = 0; i < scores.size(); i++) {
      double chance = 1 / (1 + Math.exp(-(double) scores.logits()[i]));
      loss -= Math.log(scores.outcomes()[i] == 1 ? chance : 1 - chance);
      given += chance;
      happened += scores.outcomes()[i];
    }
    double rate = happened / 200;
    double entropy = -rate * Math.log(rate) - (1 - rate) * Math.log(1 - rate);
    assertThat(scores.baseRate()).isCloseTo(rate, offset(1e-12));
    assertThat(scores.logLoss()).isCloseTo(loss / 200, offset(1e-9));
    assertThat(scores.normalisedEntropy()).isCloseTo(loss / 200 / entropy, offset(1e-9));
    assertThat(scores.calibration()).isCloseTo(given / happened, offset(1e-9));
  }

  @Test
  void alwaysGivingTheBaseRateHasNormalisedEntropyOne() {
    float logit = (float) Math.log(0.25 / 0.75);
    OutcomeScores scores =
        new OutcomeScores(
            new int[4], new float[] {logit, logit, logit, logit}, new float[] {0, 1, 0, 0});
    assertThat(scores.normalisedEntropy()).isCloseTo(1, offset(1e-6));
    assertThat(scores.calibration()).isCloseTo(1, offset(1e-6));
    assertThat(scores.auc()).isEqualTo(0.5);
  }

  @Test
  void orderIsThatOfTheRealsAndBothZerosAreOne() {
    float[] logits = {-0f, 0f, Float.NEGATIVE_INFINITY, -1e-40f, 1e-40f, 3e38f};
    OutcomeScores scores = new OutcomeScores(new int[6], logits, new float[] {1, 0, 0, 0, 1, 1});
    // 9 pairs: only 0 against -0 is tied, all others are in order.
    assertThat(scores.auc()).isCloseTo(8.5 / 9, offset(1e-12));
  }

  /** More pairs than a 32-bit count holds. */
  @Test
  void pairsAreCountedExactlyAtSize() {
    int size = 200_000;
    int[] users = new int[size];
    float[] logits = new float[size];
    float[] outcomes = new float[size];
    for (int i = 0; i < size; i++) {
      logits[i] = i % 2;
      outcomes[i] = i < size / 2 ? 1 : 0;
    }
    logits[0] = 2;
    // One of 100,000 gains its tied half and its lost pairs: 100,000 x 100,000 pairs.
    double half = 100_000.0 * 100_000 / 2;
    double gained = 50_000 * 0.5 + 50_000;
    assertThat(new OutcomeScores(users, logits, outcomes).auc())
        .isEqualTo((half + gained) / (100_000.0 * 100_000));
  }

  @Test
  void whatIsNotKnownTakesNoPart() {
    OutcomeScores scores =
        new OutcomeScores(
            new int[] {1, 2, 3}, new float[] {1, Float.NaN, -1}, new float[] {1, Float.NaN, 0});
    assertThat(scores.size()).isEqualTo(2);
    assertThat(scores.auc()).isEqualTo(1);
    assertThat(scores.gauc().value()).isNaN();
    assertThat(scores.gauc().users()).isZero();
  }

  @Test
  void refusesWhatIsNoScore() {
    assertThatThrownBy(
            () -> new OutcomeScores(new int[1], new float[] {Float.NaN}, new float[] {1}))
        .isInstanceOf(GenRecException.class)
        .hasMessageContaining("[GR/NotANumber]");
    assertThatThrownBy(() -> new OutcomeScores(new int[1], new float[1], new float[] {2}))
        .isInstanceOf(GenRecException.class)
        .hasMessageContaining("expected 0 or 1");
    assertThatThrownBy(() -> new SizeScores(new float[] {Float.NaN}, new float[] {1}).rmse())
        .isInstanceOf(GenRecException.class)
        .hasMessageContaining("[GR/NotANumber]");
  }

  @Test
  void metricsHaveTheNamesOfTheirLabels() {
    ImpressionScores scores =
        new ImpressionScores(
            List.of(
                new Label("click", Label.Kind.BINARY, 1),
                new Label("never", Label.Kind.BINARY, 1),
                new Label("seconds", Label.Kind.REGRESSION, 1)),
            new int[] {4, 4, 5},
            new float[][] {{1, 2, 0}, {1, 2, 0}, {1, 2, 7}},
            new float[][] {{0, 1, 1}, {0, 0, 0}, {4, 6, Float.NaN}});
    assertThat(scores.metrics())
        .containsEntry("auc/click", 0.5)
        .containsEntry("gauc/click", 1.0)
        .containsEntry("gauc_users/click", 1.0)
        .containsEntry("gauc_impressions/click", 2.0)
        .containsKeys("ne/click", "log_loss/click", "calibration/click", "log_loss/never")
        .doesNotContainKeys("auc/never", "gauc/never", "ne/never", "calibration/never")
        .containsEntry("rmse/seconds", Math.sqrt(12.5));
  }
}
