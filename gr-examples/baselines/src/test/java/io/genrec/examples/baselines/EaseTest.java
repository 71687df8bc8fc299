package io.genrec.examples.baselines;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.data.Offset.offset;

import io.genrec.api.GenRecException;
import io.genrec.api.inference.Baseline;
import io.genrec.api.sequence.History;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class EaseTest {
  private static final int ITEMS = 12;

  private static Baseline baseline(double lambda, int maxItems) {
    return new EaseFactory().create(new EaseConfig(lambda, maxItems));
  }

  /** B's row i, which is what a history of item i alone gets. */
  private static float[][] weights(Baseline baseline) {
    float[][] weights = new float[ITEMS + 1][ITEMS + 1];
    for (int item = 1; item <= ITEMS; item++) {
      baseline.score(new Items(item), weights[item]);
    }
    return weights;
  }

  /**
   * B is where |X - X B|^2 + lambda |B|^2 is least among those with zeros on the diagonal: all
   * other slopes, 2 (X'X B - X'X + lambda B), are 0.
   */
  @ParameterizedTest
  @ValueSource(doubles = {0.5, 20})
  void leavesNoSlopeOffTheDiagonal(double lambda) {
    List<History> histories = Items.random(80, ITEMS, 4);
    boolean[][] has = Items.has(histories, ITEMS);
    Baseline baseline = baseline(lambda, 100);
    baseline.fit(ITEMS, histories::forEach);
    float[][] b = weights(baseline);
    double largest = 0;
    for (int i = 1; i <= ITEMS; i++) {
      assertThat(b[i][i]).isZero();
      assertThat(b[i][0]).isZero();
      for (int j = 1; j <= ITEMS; j++) {
        double slope = lambda * b[i][j] - both(has, i, j);
        for (int k = 1; k <= ITEMS; k++) {
          slope += both(has, i, k) * b[k][j];
        }
        if (i != j) {
          assertThat(slope).as("%d, %d", i, j).isCloseTo(0, offset(1e-5));
        }
        largest = Math.max(largest, Math.abs(b[i][j]));
      }
    }
    assertThat(largest).isGreaterThan(0.05);
  }

  private static double both(boolean[][] has, int a, int b) {
    double both = 0;
    for (boolean[] user : has) {
      both += user[a] && user[b] ? 1 : 0;
    }
    return both;
  }

  @Test
  void sumsTheRowsOfAHistoryOnce() {
    Baseline baseline = baseline(2, 100);
    baseline.fit(ITEMS, Items.random(80, ITEMS, 4)::forEach);
    float[][] b = weights(baseline);
    float[] scores = new float[ITEMS + 1];
    baseline.score(new Items(5, 2, 5, 0), scores);
    for (int row = 0; row <= ITEMS; row++) {
      assertThat(scores[row]).isCloseTo(b[2][row] + b[5][row], offset(1e-6f));
    }
  }

  @Test
  void refusesCataloguesThatAreTooLarge() {
    assertThatThrownBy(() -> baseline(500, 8_000).fit(12_101, each -> {}))
        .isInstanceOfSatisfying(
            GenRecException.class, e -> assertThat(e.id()).isEqualTo("TooManyItems"))
        .hasMessageContainingAll("12,101 items", "2.3 GB", "8,000", "\"item-knn\"", "maxItems");
  }

  @Test
  void scoresOnlyAfterFittingAndWithRoom() {
    Items.assertScoresOnlyAfterFittingAndWithRoom(baseline(1, 10));
  }

  @ParameterizedTest
  @ValueSource(strings = {"{\"lambda\": 0}", "{\"maxItems\": 0}"})
  void refusesWrongOptions(String wrong) {
    Items.assertRefused(EaseConfig.class, wrong);
  }
}
