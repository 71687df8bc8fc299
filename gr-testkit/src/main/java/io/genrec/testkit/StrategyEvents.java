package io.genrec.testkit;

import io.genrec.api.sequence.History;
import io.genrec.api.sequence.Schema;
import java.util.Arrays;
import java.util.Random;

/**
 * Events of one user, or candidates, with everything that {@link StrategyBench}'s data has. Some
 * events belong to one moment.
 */
@SuppressWarnings("ArrayRecordComponent")
record StrategyEvents(int user, int[] items, long[] times) implements History {
  private static final int WEEK_BITS = 20;

  static StrategyEvents draw(Random random, int count) {
    return new StrategyEvents(random.nextInt(4), new int[0], new long[0]).longer(random, count);
  }

  static StrategyEvents candidates(Random random, int count) {
    int[] items = random.ints(count, 0, StrategyBench.ITEMS + 1).toArray();
    return new StrategyEvents(0, items, random.longs(count, 0, 9).toArray());
  }

  /** The same events with others after them. */
  StrategyEvents longer(Random random, int more) {
    int[] allItems = Arrays.copyOf(items, items.length + more);
    long[] allTimes = Arrays.copyOf(times, times.length + more);
    for (int i = items.length; i < allItems.length; i++) {
      allItems[i] = 1 + random.nextInt(StrategyBench.ITEMS);
      long later = random.nextInt(4) == 0 ? 0 : 1L << random.nextInt(WEEK_BITS);
      allTimes[i] = (i == 0 ? Sequences.EPOCH : allTimes[i - 1]) + later;
    }
    return new StrategyEvents(user, allItems, allTimes);
  }

  /** The same events with another item at one place. */
  StrategyEvents with(int event, int item) {
    int[] changed = items.clone();
    changed[event] = item;
    return new StrategyEvents(user, changed, times);
  }

  /** The last event's time. */
  long end() {
    return times.length == 0 ? Sequences.EPOCH : times[times.length - 1];
  }

  @Override
  public int size() {
    return items.length;
  }

  @Override
  public int category(String feature, int event) {
    return switch (feature) {
      case Schema.ITEM -> items[event];
      case "genre" -> items[event] % 5;
      case "page" -> (int) (times[event] % 4);
      case Schema.ACTIONS -> (int) ((times[event] + items[event]) % 4);
      default -> 0;
    };
  }

  @Override
  public float number(String feature, int event) {
    return switch (feature) {
      case "duration" -> items[event] % 7 == 0 ? Float.NaN : items[event];
      case "price" -> items[event] % 10;
      case "watch" -> (times[event] / 5 + items[event]) % 4 / 2f;
      default -> Float.NaN;
    };
  }

  @Override
  public int user(String feature) {
    return 1 + user % 4;
  }

  @Override
  public int moment(int event) {
    int moment = 0;
    for (int i = 1; i <= event; i++) {
      moment += times[i] == times[i - 1] ? 0 : 1;
    }
    return moment;
  }

  @Override
  public long time(int event) {
    return times[event];
  }
}
