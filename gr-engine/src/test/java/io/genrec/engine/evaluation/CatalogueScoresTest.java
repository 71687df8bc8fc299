package io.genrec.engine.evaluation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.genrec.api.GenRecException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.function.DoubleUnaryOperator;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class CatalogueScoresTest {
  /** Rows 1 to 6. */
  private static final CatalogueScores SIX =
      CatalogueScores.byRow(new float[] {Float.NaN, 3, 9, 3, 7, 1, 3});

  @Test
  void countsLargerAndEqualScores() {
    assertThat(SIX.rank(2)).isEqualTo(new TargetRank(0, 1));
    assertThat(SIX.rank(4)).isEqualTo(new TargetRank(1, 1));
    assertThat(SIX.rank(3)).isEqualTo(new TargetRank(2, 3));
    assertThat(SIX.rank(5)).isEqualTo(new TargetRank(5, 1));
  }

  @Test
  void leavesOutFilteredRowsOnce() {
    assertThat(SIX.rank(3, 2, 1, 2, 2, 5, 0)).isEqualTo(new TargetRank(1, 2));
    assertThat(SIX.rank(5, 6, 4, 3, 2, 1)).isEqualTo(new TargetRank(0, 1));
  }

  @Test
  void hasNoRankForFilteredAndUnknownTargets() {
    assertThat(SIX.rank(3, 3)).isEqualTo(TargetRank.ABSENT);
    assertThat(SIX.rank(0)).isEqualTo(TargetRank.ABSENT);
  }

  @Test
  void readsARowOfAMatrixInPlace() {
    FloatBuffer matrix =
        ByteBuffer.allocateDirect(6 * Float.BYTES)
            .order(ByteOrder.nativeOrder())
            .asFloatBuffer()
            .put(new float[] {1, 2, 3, 6, 5, 4});
    assertThat(CatalogueScores.ofUser(matrix, 0, 3).rank(1)).isEqualTo(new TargetRank(2, 1));
    assertThat(CatalogueScores.ofUser(matrix, 1, 3).rank(1)).isEqualTo(new TargetRank(0, 1));
    // Columns 1 to 2 of the second user, as rows 50 and 51.
    assertThat(new CatalogueScores(matrix, 4, 2, 50).rank(51, 1, 49, 52))
        .isEqualTo(new TargetRank(1, 1));
  }

  @Test
  void ranksZerosOfBothSignsAlikeAndInfiniteScores() {
    float[] scores = {0, 0f, -0f, Float.NEGATIVE_INFINITY, Float.POSITIVE_INFINITY};
    CatalogueScores row = CatalogueScores.byRow(scores);
    assertThat(row.rank(1)).isEqualTo(new TargetRank(1, 2));
    assertThat(row.rank(3)).isEqualTo(new TargetRank(3, 1));
    assertThat(row.rank(4)).isEqualTo(new TargetRank(0, 1));
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 1, 2, 3})
  void refusesScoresThatAreNoNumbers(int target) {
    CatalogueScores row = CatalogueScores.byRow(new float[] {0, 5, Float.NaN, 7});
    assertThatThrownBy(() -> row.rank(target, 2))
        .isInstanceOfSatisfying(
            GenRecException.class, error -> assertThat(error.id()).isEqualTo("NotANumber"))
        .hasMessageContaining("item row 2")
        .hasMessageContaining("not a number");
  }

  @Test
  void refusesTargetsAndBuffersOutOfRange() {
    assertThatThrownBy(() -> SIX.rank(7))
        .isInstanceOf(IndexOutOfBoundsException.class)
        .hasMessageContaining("rows 1 to 6");
    assertThatThrownBy(() -> SIX.rank(-1)).isInstanceOf(IndexOutOfBoundsException.class);
    assertThatThrownBy(() -> new CatalogueScores(FloatBuffer.allocate(6), 4, 3, 1))
        .isInstanceOf(IndexOutOfBoundsException.class);
  }

  static IntStream seeds() {
    return IntStream.range(0, 150);
  }

  /** The mean over all orders of the items in which no larger score comes after a smaller one. */
  @ParameterizedTest
  @MethodSource("seeds")
  void equalsTheMeanOverAllOrdersOfTies(int seed) {
    Random random = new Random(seed);
    int items = 1 + random.nextInt(6);
    float[] scores = new float[items + 1];
    for (int row = 1; row <= items; row++) {
      scores[row] = random.nextInt(3) - 1;
    }
    int target = 1 + random.nextInt(items);
    int[] filtered = random.ints(random.nextInt(4), 0, items + 1).toArray();
    int k = 1 + random.nextInt(items);
    int cutoff = 1 + random.nextInt(items);

    Set<Integer> seen = IntStream.of(filtered).boxed().collect(Collectors.toSet());
    List<Integer> candidates =
        IntStream.rangeClosed(1, items).boxed().filter(row -> !seen.contains(row)).toList();
    List<Double> ranks = new ArrayList<>();
    ranksInAllOrders(candidates, new ArrayList<>(), scores, target, ranks);

    TargetRank rank = CatalogueScores.byRow(scores).rank(target, filtered);
    assertThat(rank.hitRate(k)).isCloseTo(mean(ranks, r -> r <= k ? 1 : 0), within(1e-12));
    assertThat(rank.ndcg(k))
        .isCloseTo(
            mean(ranks, r -> r <= k ? 1 / (Math.log(r + 1.0) / Math.log(2)) : 0), within(1e-12));
    assertThat(rank.reciprocal()).isCloseTo(mean(ranks, r -> 1.0 / r), within(1e-12));
    assertThat(rank.reciprocal(cutoff))
        .isCloseTo(mean(ranks, r -> 1.0 / (r <= cutoff ? r : cutoff + 1)), within(1e-12));
  }

  private static double mean(List<Double> ranks, DoubleUnaryOperator of) {
    return ranks.stream().mapToDouble(of::applyAsDouble).average().orElseThrow();
  }

  private static void ranksInAllOrders(
      List<Integer> left, List<Integer> order, float[] scores, int target, List<Double> ranks) {
    if (left.isEmpty()) {
      // A target that is no candidate stands at infinity, which no cut-off reaches.
      int place = order.indexOf(target);
      ranks.add(place < 0 ? Double.POSITIVE_INFINITY : place + 1.0);
      return;
    }
    for (int item : left) {
      if (left.stream().noneMatch(other -> scores[other] > scores[item])) {
        List<Integer> rest = left.stream().filter(other -> other != item).toList();
        List<Integer> longer = new ArrayList<>(order);
        longer.add(item);
        ranksInAllOrders(rest, longer, scores, target, ranks);
      }
    }
  }
}
