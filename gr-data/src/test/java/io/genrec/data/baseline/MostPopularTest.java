package io.genrec.data.baseline;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.genrec.api.sequence.History;
import java.util.List;
import org.junit.jupiter.api.Test;

class MostPopularTest {
  private record Items(int... rows) implements History {
    @Override
    public int size() {
      return rows.length;
    }

    @Override
    public int category(String feature, int event) {
      return feature.equals("item") ? rows[event] : 0;
    }

    @Override
    public long time(int event) {
      return NO_TIME;
    }
  }

  @Test
  void countsEvents() {
    MostPopular popular = new MostPopular();
    popular.fit(4, List.<History>of(new Items(1, 3, 3), new Items(3, 0, 4), new Items())::forEach);

    float[] scores = new float[5];
    popular.score(new Items(2), scores);

    assertThat(scores).containsExactly(0, 1, 0, 3, 1);
  }

  @Test
  void scoresOnlyAfterFitting() {
    assertThatThrownBy(() -> new MostPopular().score(new Items(1), new float[3]))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("fitted");
  }

  @Test
  void refusesTooLittleRoom() {
    MostPopular popular = new MostPopular();
    popular.fit(4, List.<History>of(new Items(1))::forEach);
    assertThatThrownBy(() -> popular.score(new Items(1), new float[4]))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("5 scores");
  }
}
