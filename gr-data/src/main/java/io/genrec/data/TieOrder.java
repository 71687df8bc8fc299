package io.genrec.data;

import java.util.SplittableRandom;
import java.util.function.IntPredicate;

/** Seeded orders of one user's events in which only events that are tied change places. */
final class TieOrder {
  private TieOrder() {}

  /**
   * @param ties a user's times, or moments, ascending: equal for events that are tied
   * @param fixed events that keep their places, and that no other passes
   * @param seed the seed
   * @param user the user's row: each user's order depends only on seed and row
   * @return for each new position the old one
   */
  static int[] shuffled(long[] ties, IntPredicate fixed, long seed, int user) {
    // The golden ratio spreads neighbouring users over the seed space (as SplittableRandom does).
    SplittableRandom random = new SplittableRandom(seed ^ (user * 0x9E3779B97F4A7C15L));
    int[] order = new int[ties.length];
    int begin = 0;
    for (int i = 0; i < ties.length; i++) {
      order[i] = i;
      if (ties[i] != ties[begin] || fixed.test(i) || fixed.test(begin)) {
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
