package io.genrec.engine.training;

import io.genrec.api.sequence.Histories;
import io.genrec.api.sequence.History;
import java.util.Comparator;
import java.util.stream.IntStream;

/** The order in which a stream completes its histories. It follows from the data alone. */
final class StreamOrder {
  private StreamOrder() {}

  /**
   * The numbers of all histories by the time of their last event; those of one time in the order of
   * the data, histories without events first.
   */
  static int[] of(Histories histories) {
    long[] last = IntStream.range(0, histories.size()).mapToLong(i -> last(histories, i)).toArray();
    // Sorting boxed numbers is stable.
    return IntStream.range(0, last.length)
        .boxed()
        .sorted(Comparator.comparingLong(i -> last[i]))
        .mapToInt(Integer::intValue)
        .toArray();
  }

  private static long last(Histories histories, int index) {
    History history = histories.get(index);
    return history.size() == 0 ? Long.MIN_VALUE : history.time(history.size() - 1);
  }
}
