package io.genrec.examples.baselines;

import io.genrec.api.sequence.History;
import io.genrec.api.sequence.Schema;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import java.util.stream.IntStream;

/** Histories as sets: each item once, and no events without an item. */
final class ItemSets {
  private ItemSets() {}

  /** The items of a history, in the order of their rows. */
  static int[] of(History history) {
    return IntStream.range(0, history.size())
        .map(event -> history.category(Schema.ITEM, event))
        .filter(row -> row > 0)
        .sorted()
        .distinct()
        .toArray();
  }

  /** The items of each history. */
  static List<int[]> all(Consumer<Consumer<History>> histories) {
    List<int[]> sets = new ArrayList<>();
    histories.accept(history -> sets.add(of(history)));
    return sets;
  }

  /** Refuses an array that has not a place for row 0 and for each item. */
  static void requireRoom(float[] scores, int items) {
    if (scores.length != items + 1) {
      throw new IllegalArgumentException(
          "expected room for "
              + (items + 1)
              + " scores (row 0 and all items) but got "
              + scores.length);
    }
  }
}
