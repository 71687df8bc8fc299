package io.genrec.falcon;

import java.util.Arrays;

/**
 * Chooses b_m: as configured, or by what runs have cost. A run has a price of its own, so small
 * ones are dear; large ones leave the processor's caches, and workers idle. Each size is tried a
 * few times for histories of like length; then the one with the least time per candidate is taken.
 * Thread-safe.
 */
final class MicroBatchSizes {
  private static final int[] SIZES = {32, 64, 128, 256, 512};
  private static final int TRIALS = 3;
  private static final int LENGTHS = 32;

  private final int configured;
  private final int workers;
  private final double[][] nanos = new double[LENGTHS][SIZES.length];
  private final int[][] trials = new int[LENGTHS][SIZES.length];

  /**
   * A choice.
   *
   * @param configured b_m, or 0 to measure
   * @param workers how many runs are computed at a time
   */
  MicroBatchSizes(int configured, int workers) {
    this.configured = configured;
    this.workers = workers;
    for (double[] costs : nanos) {
      Arrays.fill(costs, Double.POSITIVE_INFINITY);
    }
  }

  /**
   * The most candidates of a run.
   *
   * @param tokens the length of the history
   * @param candidates m
   */
  synchronized int choose(int tokens, int candidates) {
    if (configured > 0) {
      return configured;
    }
    int length = length(tokens);
    int best = 0;
    for (int size = 0; size < SIZES.length; size++) {
      // Larger ones would leave workers without work.
      if (size > 0 && (long) SIZES[size] * workers > candidates) {
        break;
      }
      if (trials[length][size] < TRIALS) {
        return SIZES[size];
      }
      if (nanos[length][size] < nanos[length][best]) {
        best = size;
      }
    }
    return SIZES[best];
  }

  /**
   * Learns from a run.
   *
   * @param microBatch what was chosen
   * @param candidates how many there were in fact
   */
  synchronized void observe(int tokens, int microBatch, int candidates, long time) {
    int size = Arrays.binarySearch(SIZES, microBatch);
    if (size >= 0 && configured == 0) {
      int length = length(tokens);
      trials[length][size]++;
      // The least time: whatever else ran on the machine only adds.
      nanos[length][size] = Math.min(nanos[length][size], (double) time / candidates);
    }
  }

  private static int length(int tokens) {
    return Integer.SIZE - Integer.numberOfLeadingZeros(tokens) - (tokens == 0 ? 0 : 1);
  }
}
