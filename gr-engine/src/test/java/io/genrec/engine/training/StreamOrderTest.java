package io.genrec.engine.training;

import static org.assertj.core.api.Assertions.assertThat;

import io.genrec.api.sequence.Histories;
import io.genrec.api.sequence.History;
import org.junit.jupiter.api.Test;

class StreamOrderTest {
  /** Events at given times. */
  @SuppressWarnings("ArrayRecordComponent")
  private record At(long... times) implements History {
    @Override
    public int size() {
      return times.length;
    }

    @Override
    public int category(String feature, int event) {
      return 1;
    }

    @Override
    public long time(int event) {
      return times[event];
    }
  }

  private static int[] order(History... histories) {
    return StreamOrder.of(
        new Histories() {
          @Override
          public int size() {
            return histories.length;
          }

          @Override
          public History get(int index) {
            return histories[index];
          }
        });
  }

  @Test
  void theLastEventCounts() {
    assertThat(order(new At(1, 50), new At(2, 3), new At(9, 10, 49))).containsExactly(1, 2, 0);
  }

  @Test
  void thoseOfOneTimeStayInTheOrderOfTheData() {
    assertThat(order(new At(7), new At(5), new At(1, 7), new At(7, 7), new At(5)))
        .containsExactly(1, 4, 0, 2, 3);
  }

  @Test
  void emptyAndUntimedHistoriesComeFirst() {
    assertThat(order(new At(-3), new At(), new At(History.NO_TIME))).containsExactly(1, 2, 0);
    assertThat(order()).isEmpty();
  }
}
