package io.genrec.examples.baselines;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.data.Offset.offset;

import io.genrec.api.inference.Baseline;
import io.genrec.api.sequence.History;
import java.util.Comparator;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ItemKnnTest {
  private static final int ITEMS = 12;

  private static Baseline baseline(int neighbours, double shrinkage) {
    return new ItemKnnFactory().create(new ItemKnnConfig(neighbours, shrinkage));
  }

  private static double likeness(boolean[][] has, int a, int b, double shrinkage) {
    double both = 0;
    double ofA = 0;
    double ofB = 0;
    for (boolean[] user : has) {
      both += user[a] && user[b] ? 1 : 0;
      ofA += user[a] ? 1 : 0;
      ofB += user[b] ? 1 : 0;
    }
    return both == 0 ? 0 : both / (Math.sqrt(ofA * ofB) + shrinkage);
  }

  @ParameterizedTest
  @CsvSource({"200, 0", "3, 0", "2, 5.5"})
  void sumsTheLikenessesOfTheNearest(int neighbours, double shrinkage) {
    List<History> histories = Items.random(80, ITEMS, 4);
    boolean[][] has = Items.has(histories, ITEMS);
    Baseline baseline = baseline(neighbours, shrinkage);
    baseline.fit(ITEMS, histories::forEach);
    int[] asked = {3, 1, 3, 0, 7};
    float[] scores = new float[ITEMS + 1];
    baseline.score(new Items(asked), scores);

    double[] expected = new double[ITEMS + 1];
    for (int item : new int[] {1, 3, 7}) {
      IntStream.rangeClosed(1, ITEMS)
          .boxed()
          .filter(other -> other != item)
          .sorted(
              Comparator.comparingDouble((Integer other) -> -likeness(has, item, other, shrinkage)))
          .limit(neighbours)
          .forEach(other -> expected[other] += likeness(has, item, other, shrinkage));
    }
    for (int row = 0; row <= ITEMS; row++) {
      assertThat((double) scores[row]).as("row %d", row).isCloseTo(expected[row], offset(1e-6));
    }
  }

  @Test
  void ofEquallyAlikeItemsTheFirstRowsCount() {
    Baseline baseline = baseline(2, 0);
    baseline.fit(4, List.<History>of(new Items(1, 2, 3, 4), new Items())::forEach);
    float[] scores = {9, 9, 9, 9, 9};
    baseline.score(new Items(2), scores);
    assertThat(scores).containsExactly(0, 1, 0, 1, 0);
  }

  @Test
  void scoresOnlyAfterFittingAndWithRoom() {
    Items.assertScoresOnlyAfterFittingAndWithRoom(baseline(2, 0));
  }

  @ParameterizedTest
  @ValueSource(strings = {"{\"neighbours\": 0}", "{\"shrinkage\": -1}"})
  void refusesWrongOptions(String wrong) {
    Items.assertRefused(ItemKnnConfig.class, wrong);
  }
}
