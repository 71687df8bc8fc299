package io.genrec.engine.optimizer;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * The rows that some gradients of one table have together, ascending, each with the gradients that
 * it is the sum of: in ranges of rows, so that several threads find them.
 */
final class RowUnion {
  private final List<GradientView> summands;
  private final List<Range> ranges = new ArrayList<>();

  /**
   * A union whose rows are still to be found, by {@link Range#find} of each of its ranges.
   *
   * @param most how many rows of gradients a range has, about
   */
  RowUnion(List<GradientView> summands, int most) {
    this.summands = summands;
    GradientView longest = summands.get(0);
    long all = 0;
    for (GradientView summand : summands) {
      all += summand.rows();
      longest = summand.rows() > longest.rows() ? summand : longest;
    }
    int count = (int) Math.max(1, Math.min(longest.rows(), (all + most - 1) / most));
    int[] begins = new int[summands.size()];
    for (int i = 1; i <= count; i++) {
      int[] ends = new int[begins.length];
      for (int of = 0; of < ends.length; of++) {
        GradientView summand = summands.get(of);
        // The longest one is cut into parts of one size, the others at the same rows.
        ends[of] =
            i == count
                ? summand.rows()
                : summand.place(longest.row((int) ((long) i * longest.rows() / count)));
      }
      ranges.add(new Range(begins, ends));
      begins = ends;
    }
  }

  /** The ranges, ascending. */
  List<Range> ranges() {
    return ranges;
  }

  /** How many rows there are, once they are found. */
  int count() {
    return ranges.stream().mapToInt(Range::count).sum();
  }

  /** Their numbers, ascending, once they are found. */
  long[] rows() {
    long[] rows = new long[count()];
    int at = 0;
    for (Range range : ranges) {
      for (int i = 0; i < range.count(); i++) {
        rows[at++] = range.row(i);
      }
    }
    return rows;
  }

  /** Rows from one to another. One thread's at a time. */
  final class Range {
    /** Where the rows of each gradient begin. */
    private final int[] from;

    /** Where the rows of each gradient begin among those of all, and their end. */
    private final int[] bases;

    /** A row and a place among all in one number each, ascending: a row's places are together. */
    private long[] order = new long[0];

    /** Where the places of each row begin, and their end. */
    private int[] begins = new int[1];

    private int count;

    private Range(int[] from, int[] to) {
      this.from = from;
      this.bases = new int[from.length + 1];
      for (int of = 0; of < from.length; of++) {
        bases[of + 1] = Math.addExact(bases[of], to[of] - from[of]);
      }
    }

    /** Finds the rows. */
    void find() {
      order = new long[bases[summands.size()]];
      for (int of = 0; of < from.length; of++) {
        for (int at = bases[of]; at < bases[of + 1]; at++) {
          order[at] = summands.get(of).row(from[of] + at - bases[of]) << 32 | at;
        }
      }
      Arrays.sort(order);
      begins = new int[order.length + 1];
      int found = 0;
      for (int at = 0; at < order.length; at++) {
        if (at == 0 || order[at] >>> 32 != order[at - 1] >>> 32) {
          begins[found++] = at;
        }
      }
      begins[found] = order.length;
      count = found;
    }

    /** How many there are. */
    int count() {
      return count;
    }

    private long row(int i) {
      return order[begins[i]] >>> 32;
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
        summands.get(of).read(from[of] + place - bases[of], first ? sum : summand);
        if (!first) {
          for (int entry = 0; entry < sum.length; entry++) {
            sum[entry] += summand[entry];
          }
        }
      }
    }
  }
}
