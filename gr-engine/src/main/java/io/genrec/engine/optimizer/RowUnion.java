package io.genrec.engine.optimizer;

import java.util.Arrays;
import java.util.List;

/**
 * The rows that some gradients of one table have together, ascending, each with the gradients that
 * it is the sum of.
 */
final class RowUnion {
  private final List<GradientView> summands;

  /** Where the rows of each gradient begin among those of all, and their end. */
  private final int[] bases;

  /** A row and a place among all in one number each, ascending: so a row's places are together. */
  private final long[] order;

  /** Where the places of each row begin, and their end. */
  private final int[] begins;

  private final int count;

  RowUnion(List<GradientView> summands) {
    this.summands = summands;
    this.bases = new int[summands.size() + 1];
    for (int i = 0; i < summands.size(); i++) {
      bases[i + 1] = Math.addExact(bases[i], summands.get(i).rows());
    }
    this.order = new long[bases[summands.size()]];
    for (int i = 0; i < summands.size(); i++) {
      for (int at = bases[i]; at < bases[i + 1]; at++) {
        order[at] = summands.get(i).row(at - bases[i]) << 32 | at;
      }
    }
    // Ascending stretches, which are merged.
    Arrays.sort(order);
    this.begins = new int[order.length + 1];
    int found = 0;
    for (int at = 0; at < order.length; at++) {
      if (at == 0 || order[at] >>> 32 != order[at - 1] >>> 32) {
        begins[found++] = at;
      }
    }
    begins[found] = order.length;
    this.count = found;
  }

  /** How many rows there are. */
  int count() {
    return count;
  }

  /** Their numbers, ascending. */
  long[] rows() {
    long[] rows = new long[count];
    Arrays.setAll(rows, i -> order[begins[i]] >>> 32);
    return rows;
  }

  /**
   * Adds up the i-th row, in the order of the gradients.
   *
   * @param sum is written
   * @param summand is overwritten
   */
  void read(int i, float[] sum, float[] summand) {
    int of = 0;
    for (int at = begins[i]; at < begins[i + 1]; at++) {
      int place = (int) order[at];
      while (place >= bases[of + 1]) {
        of++;
      }
      boolean first = at == begins[i];
      summands.get(of).read(place - bases[of], first ? sum : summand);
      if (!first) {
        for (int entry = 0; entry < sum.length; entry++) {
          sum[entry] += summand[entry];
        }
      }
    }
  }
}
