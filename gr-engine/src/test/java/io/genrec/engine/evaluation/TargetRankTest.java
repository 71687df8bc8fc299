package io.genrec.engine.evaluation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class TargetRankTest {
  @Test
  void ranksATargetThatStandsAlone() {
    TargetRank third = new TargetRank(2, 1);
    assertThat(third.hitRate(2)).isZero();
    assertThat(third.hitRate(3)).isEqualTo(1);
    assertThat(third.ndcg(2)).isZero();
    // 1 / log2(4)
    assertThat(third.ndcg(10)).isCloseTo(0.5, within(1e-15));
    assertThat(third.reciprocal()).isEqualTo(1 / 3.0);
  }

  @Test
  void givesATiedTargetItsExpectation() {
    // Ranks 2, 3, 4 and 5, each with chance 1/4.
    TargetRank tied = new TargetRank(1, 4);
    assertThat(tied.isTied()).isTrue();
    assertThat(tied.hitRate(1)).isZero();
    assertThat(tied.hitRate(3)).isEqualTo(0.5);
    assertThat(tied.hitRate(5)).isEqualTo(1);
    assertThat(tied.hitRate(50)).isEqualTo(1);
    // log2(3) = 1.584962500721156
    assertThat(tied.ndcg(3)).isCloseTo((1 / 1.584962500721156 + 0.5) / 4, within(1e-15));
    assertThat(tied.reciprocal())
        .isCloseTo((1 / 2.0 + 1 / 3.0 + 1 / 4.0 + 1 / 5.0) / 4, within(1e-15));
    // Ranks 4 and 5 count as 4.
    assertThat(tied.reciprocal(3))
        .isCloseTo((1 / 2.0 + 1 / 3.0 + 1 / 4.0 + 1 / 4.0) / 4, within(1e-15));
  }

  @Test
  void missesAnAbsentTarget() {
    assertThat(TargetRank.ABSENT.isPresent()).isFalse();
    assertThat(TargetRank.ABSENT.isTied()).isFalse();
    assertThat(TargetRank.ABSENT.hitRate(1000)).isZero();
    assertThat(TargetRank.ABSENT.ndcg(1000)).isZero();
    assertThat(TargetRank.ABSENT.reciprocal()).isZero();
    assertThat(TargetRank.ABSENT.reciprocal(2500)).isEqualTo(1 / 2501.0);
  }

  @Test
  void countsRanksBeyondTheCutoffAsTheNext() {
    assertThat(new TargetRank(2499, 1).reciprocal(2500)).isCloseTo(1 / 2500.0, within(1e-18));
    assertThat(new TargetRank(2500, 1).reciprocal(2500)).isEqualTo(1 / 2501.0);
    assertThat(new TargetRank(9999, 3).reciprocal(2500)).isEqualTo(1 / 2501.0);
  }

  @ParameterizedTest
  @CsvSource({
    "0,1",
    "0,600",
    "1,100000",
    "511,512",
    "511,1025",
    "512,1024",
    "600,2000",
    "5000,513",
    "100000,7",
    "100000,2000",
    "0,3000000",
    "2000000,1000000"
  })
  void sumsReciprocalsOfManyTies(int above, int tied) {
    double slow = 0;
    for (int rank = above + tied; rank > above; rank--) {
      slow += 1.0 / rank;
    }
    double relative = new TargetRank(above, tied).reciprocal() / (slow / tied);
    assertThat(relative).isCloseTo(1, within(1e-12));
  }

  @Test
  void refusesNegativeCounts() {
    assertThatThrownBy(() -> new TargetRank(-1, 1))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("negative");
  }
}
