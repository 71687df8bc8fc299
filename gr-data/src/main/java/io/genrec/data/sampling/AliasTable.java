package io.genrec.data.sampling;

import java.util.random.RandomGenerator;

/**
 * Draws from a fixed discrete distribution in constant time: Walker's alias method in Vose's form
 * (M. D. Vose, "A linear algorithm for generating random numbers with a given distribution", 1991).
 *
 * <p>Each of the n entries owns a column of height 1/n; a column keeps its own entry up to {@code
 * keep} of its height and gives the rest to one other entry, its alias.
 */
final class AliasTable {
  private final double[] keep;
  private final int[] alias;

  private AliasTable(double[] keep, int[] alias) {
    this.keep = keep;
    this.alias = alias;
  }

  /** A table for positive chances that sum to 1. */
  static AliasTable of(double[] chances) {
    int n = chances.length;
    double[] keep = new double[n];
    int[] alias = new int[n];
    int[] small = new int[n];
    int[] large = new int[n];
    int smalls = 0;
    int larges = 0;
    for (int i = 0; i < n; i++) {
      keep[i] = chances[i] * n;
      alias[i] = i;
      if (keep[i] < 1) {
        small[smalls++] = i;
      } else {
        large[larges++] = i;
      }
    }
    while (smalls > 0 && larges > 0) {
      int from = large[larges - 1];
      int to = small[--smalls];
      alias[to] = from;
      keep[from] = (keep[from] + keep[to]) - 1;
      if (keep[from] < 1) {
        larges--;
        small[smalls++] = from;
      }
    }
    // What is left would be exactly full but for rounding.
    while (larges > 0) {
      keep[large[--larges]] = 1;
    }
    while (smalls > 0) {
      keep[small[--smalls]] = 1;
    }
    return new AliasTable(keep, alias);
  }

  /** An entry, by two random numbers. */
  int next(RandomGenerator random) {
    int column = random.nextInt(keep.length);
    return random.nextDouble() < keep[column] ? column : alias[column];
  }

  /** The chances that the table really has. */
  double[] chances() {
    int n = keep.length;
    double[] chances = new double[n];
    for (int i = 0; i < n; i++) {
      chances[i] += keep[i] / n;
      chances[alias[i]] += (1 - keep[i]) / n;
    }
    return chances;
  }
}
