package io.genrec.engine.training;

import it.unimi.dsi.fastutil.ints.IntArrayList;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;

/**
 * Some sequences of a logical batch that run together.
 *
 * @param members their places in the logical batch
 * @param length their padded length
 */
record MicroBatch(List<Integer> members, int length) {
  /**
   * Cuts a logical batch: sequences of like length stand together, so that little is padded. The
   * pieces are of like size, and more than one are an even number, so that two workers end at about
   * the same time. The cut depends on the lengths and settings only.
   *
   * @param maxLength no padded length is larger
   * @param lengths the tokens of each sequence; those with none are left out
   */
  static List<MicroBatch> cut(int[] lengths, int maxLength, TrainingSettings settings) {
    // Longest first, as numbers of which the upper half is the length and the lower the place.
    long[] order =
        IntStream.range(0, lengths.length)
            .filter(i -> lengths[i] > 0)
            .mapToLong(i -> -(long) lengths[i] << 32 | i)
            .sorted()
            .toArray();
    int[] padded = new int[order.length];
    for (int i = 0; i < order.length; i++) {
      int steps = (lengths[(int) order[i]] - 1) / settings.lengthStep() + 1;
      padded[i] = Math.min(maxLength, steps * settings.lengthStep());
    }
    int fewest = pieces(padded, settings.microBatchTokens()).size();
    int count = fewest == 1 ? 1 : fewest + fewest % 2;
    int limit = smallestLimit(padded, count, settings.microBatchTokens());
    List<MicroBatch> result = new ArrayList<>();
    int from = 0;
    for (int to : pieces(padded, limit)) {
      List<Integer> members = new ArrayList<>();
      for (int i = from; i < to; i++) {
        members.add((int) order[i]);
      }
      result.add(new MicroBatch(members, padded[from]));
      from = to;
    }
    return result;
  }

  /** The most tokens that a piece needs to have, so that there are at most so many pieces. */
  private static int smallestLimit(int[] padded, int count, int most) {
    int low = 1;
    int high = most;
    while (low < high) {
      int middle = (low + high) >>> 1;
      if (pieces(padded, middle).size() <= count) {
        high = middle;
      } else {
        low = middle + 1;
      }
    }
    return high;
  }

  /** Where each piece ends. A sequence that is longer than the limit is a piece of its own. */
  private static IntArrayList pieces(int[] padded, int limit) {
    IntArrayList ends = new IntArrayList();
    int from = 0;
    for (int i = 1; i <= padded.length; i++) {
      if (i == padded.length || (long) (i + 1 - from) * padded[from] > limit) {
        ends.add(i);
        from = i;
      }
    }
    return ends;
  }
}
