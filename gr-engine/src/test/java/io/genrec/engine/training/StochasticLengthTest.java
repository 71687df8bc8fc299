package io.genrec.engine.training;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.data.Offset.offset;

import io.genrec.engine.training.StochasticLength.Selection;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class StochasticLengthTest {
  /** 64 of at most 182 events stay. */
  private static StochasticLength of(Selection selection) {
    return new StochasticLength(1.6, 182, selection);
  }

  @ParameterizedTest
  @EnumSource(Selection.class)
  void cutsLongHistoriesByTheirChanceAndKeepsTheNewest(Selection selection) {
    StochasticLength length = of(selection);
    assertThat(length.threshold()).isEqualTo(64);
    int whole = 0;
    int draws = 4000;
    for (int draw = 0; draw < draws; draw++) {
      int[] kept = length.select(100, Seeds.generator(Seeds.of(draw)));
      assertThat(kept).isSorted().doesNotHaveDuplicates().endsWith(99);
      assertThat(kept.length).isIn(64, 100);
      whole += kept.length == 100 ? 1 : 0;
    }
    // 182^1.6 / 100^2.
    assertThat((double) whole / draws).isCloseTo(length.keepChance(100), offset(0.03));
    assertThat(length.keepChance(100)).isCloseTo(0.4132, offset(1e-3));
  }

  @ParameterizedTest
  @EnumSource(Selection.class)
  void leavesShortHistoriesAlone(Selection selection) {
    assertThat(of(selection).select(64, Seeds.generator(1))).hasSize(64);
    assertThat(of(selection).select(0, Seeds.generator(1))).isEmpty();
    assertThat(of(selection).select(1, Seeds.generator(1))).containsExactly(0);
  }

  @ParameterizedTest
  @EnumSource(Selection.class)
  void isAFunctionOfItsKey(Selection selection) {
    int[] once = of(selection).select(150, Seeds.generator(5));
    assertThat(of(selection).select(150, Seeds.generator(5))).containsExactly(once);
  }

  @Test
  void drawsAllAlikeOrRecentOnesMoreOften() {
    double[] random = shares(Selection.RANDOM, 12);
    double[] weighted = shares(Selection.RECENCY_WEIGHTED, 12);
    double[] recent = shares(Selection.RECENT, 12);
    // 5 of 12 stay, one of them always the newest.
    for (int event = 0; event < 11; event++) {
      assertThat(random[event]).isCloseTo(4.0 / 11, offset(0.03));
    }
    assertThat(weighted[9] + weighted[10]).isGreaterThan(weighted[0] + weighted[1] + 0.03);
    assertThat(recent).containsExactly(0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 1);
  }

  /** How often each event stays of histories that are cut. */
  private static double[] shares(Selection selection, int events) {
    // 5 of at most 30 events stay, and 30 / 144 of the histories are left whole.
    StochasticLength length = new StochasticLength(1, 30, selection);
    double[] shares = new double[events];
    int cut = 0;
    for (int draw = 0; draw < 8000; draw++) {
      int[] kept = length.select(events, Seeds.generator(Seeds.of(draw, 7)));
      if (kept.length < events) {
        cut++;
        for (int event : kept) {
          shares[event]++;
        }
      }
    }
    for (int event = 0; event < events; event++) {
      shares[event] /= cut;
    }
    return shares;
  }

  @Test
  void refusesWrongOptions() {
    assertThatThrownBy(() -> new StochasticLength(2.1, 10, Selection.RECENT))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageStartingWith("alpha");
    assertThatThrownBy(() -> new StochasticLength(2, 0, Selection.RECENT))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageStartingWith("length");
  }
}
