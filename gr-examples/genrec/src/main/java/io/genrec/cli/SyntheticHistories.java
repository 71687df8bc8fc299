package io.genrec.cli;

import io.genrec.api.sequence.Histories;
import io.genrec.api.sequence.History;
import io.genrec.api.sequence.Schema;
import io.genrec.engine.evaluation.SeenItems;
import io.genrec.engine.run.TrainingData;
import java.util.Arrays;
import java.util.Map;
import java.util.Optional;
import java.util.SplittableRandom;

/**
 * Users of equal length who choose items at random, minutes to weeks after each other.
 *
 * @param size the number of users
 * @param events of each user
 * @param items how many there are to choose from
 */
record SyntheticHistories(int size, int events, int items) implements Histories {
  private static final int SHORTEST_GAP_BITS = 5;
  private static final int LONGEST_GAP_BITS = 20;

  /** The same as data to train on, without questions. */
  TrainingData data() {
    return data(items, this);
  }

  /** Made-up histories as data to train on, without questions. */
  static TrainingData data(int items, Histories histories) {
    long[] counts = new long[items + 1];
    Arrays.fill(counts, 1, counts.length, 1);
    return new TrainingData(
        "made up",
        "",
        "none",
        "",
        Map.of(Schema.ITEM, items),
        histories,
        Optional.empty(),
        Optional.empty(),
        SeenItems.ALL,
        counts);
  }

  @Override
  public History get(int index) {
    SplittableRandom random = new SplittableRandom(index);
    int[] chosen = random.ints(events, 1, items + 1).toArray();
    long[] times = new long[events];
    long now = 1_000_000_000;
    for (int i = 0; i < events; i++) {
      now += random.nextLong(1L << random.nextInt(SHORTEST_GAP_BITS, LONGEST_GAP_BITS));
      times[i] = now;
    }
    return new History() {
      @Override
      public int size() {
        return events;
      }

      @Override
      public int category(String feature, int event) {
        return chosen[event];
      }

      @Override
      public long time(int event) {
        return times[event];
      }
    };
  }
}
