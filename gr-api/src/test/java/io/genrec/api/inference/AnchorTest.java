package io.genrec.api.inference;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class AnchorTest {
  @Test
  void withoutDeltaTheMostRecentEventsAreShown() {
    Anchor anchor = new Anchor(10, 0);
    assertThat(anchor.start(0)).isZero();
    assertThat(anchor.start(10)).isZero();
    assertThat(anchor.start(11)).isEqualTo(1);
    assertThat(anchor.start(25)).isEqualTo(15);
  }

  @Test
  void withDeltaTheBeginningMovesInSteps() {
    Anchor anchor = new Anchor(10, 4);
    assertThat(anchor.start(10)).isZero();
    for (long count = 11; count <= 14; count++) {
      assertThat(anchor.start(count)).as("%d events", count).isEqualTo(4);
    }
    assertThat(anchor.start(15)).isEqualTo(8);
    for (long count = 0; count < 100; count++) {
      long shown = count - anchor.start(count);
      assertThat(shown).isLessThanOrEqualTo(10).isGreaterThan(count > 6 ? 6 : count - 1);
    }
  }
}
