package io.genrec.data;

import java.util.SplittableRandom;
import java.util.function.IntPredicate;

/** Seeded orders of one user's events in which only events of equal time change places. */
final class TieOrder {
  private TieOrder() {}

  /**
   * @param times a user's times, ascending
   * @param fixed events that keep their places, and that no other passes
   * @param seed the seed
   * @param user the user's row: each user's order depends only on seed and row
   * @return for each new position the old one
   */
  static int[] shuffled(long[] times, IntPredicate fixed, long seed, int user) {
    // The golden ratio spreads neighbouring users over the seed space (as SplittableRandom does).
    SplittableRandom random = new SplittableRandom(seed ^ (user * 0x9E3779B97F4A7C15L));
    int[] order = new int[times.length];
    int begin = 0;
    for (int i = 0; i < times.length; i++) {
      order[i] = i;
      if (times[i] != times[begin] || fixed.test(i) || fixed.test(begin)) {
        begin = i;
      }
      // Fisher-Yates from the front: event i changes places within its run so far.
      int j = begin + random.nextInt(i - begin + 1);
      int swap = order[i];
      order[i] = order[j];
      order[j] = swap;
    }
    return order;
  }
}
