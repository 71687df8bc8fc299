package io.genrec.examples.baselines;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.genrec.api.GenRecException;
import io.genrec.api.config.StrictConfig;
import io.genrec.api.inference.Baseline;
import io.genrec.api.sequence.History;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/** A history of items alone; row 0 is an event without an item. */
record Items(int... rows) implements History {
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

  /** Histories of up to 9 events, some of which repeat an item or have none. */
  static List<History> random(int users, int items, long seed) {
    Random random = new Random(seed);
    List<History> histories = new ArrayList<>();
    for (int user = 0; user < users; user++) {
      // Small rows come more often.
      int events = random.nextInt(10);
      histories.add(
          new Items(
              random
                  .ints(events, 0, items + 1)
                  .map(row -> Math.min(row, random.nextInt(items + 1)))
                  .toArray()));
    }
    return histories;
  }

  /** Whether a user has an item, for each user and row. */
  static boolean[][] has(List<History> histories, int items) {
    boolean[][] has = new boolean[histories.size()][items + 1];
    for (int user = 0; user < has.length; user++) {
      for (int event = 0; event < histories.get(user).size(); event++) {
        has[user][histories.get(user).category("item", event)] = true;
      }
      has[user][0] = false;
    }
    return has;
  }

  /** A baseline refuses to score unfitted, and with too little room. */
  static void assertScoresOnlyAfterFittingAndWithRoom(Baseline baseline) {
    assertThatThrownBy(() -> baseline.score(new Items(1), new float[3]))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("fitted");
    baseline.fit(4, List.<History>of(new Items(1))::forEach);
    assertThatThrownBy(() -> baseline.score(new Items(1), new float[4]))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("5 scores");
  }

  /** A configuration with one wrong option is refused, naming it. */
  static void assertRefused(Class<? extends Record> config, String wrong) {
    String key = wrong.substring(2, wrong.indexOf('"', 2));
    assertThatThrownBy(() -> StrictConfig.parse("test", wrong).as(config))
        .isInstanceOf(GenRecException.class)
        .hasMessageContainingAll("[GR/InvalidValue]", "/" + key);
  }
}
