package io.genrec.falcon;

import java.util.ArrayList;
import java.util.List;

/** Cuts candidates into micro-batches: as few as fit, of even sizes. */
final class MicroBatches {
  private MicroBatches() {}

  /** Consecutive candidates. */
  record Range(int from, int to) {
    int size() {
      return to - from;
    }
  }

  /**
   * ceil(m / b_m) ranges.
   *
   * @param candidates m
   * @param most b_m
   */
  static List<Range> of(int candidates, int most) {
    int count = (int) (((long) candidates + most - 1) / most);
    List<Range> ranges = new ArrayList<>(count);
    for (long i = 0; i < count; i++) {
      ranges.add(new Range((int) (candidates * i / count), (int) (candidates * (i + 1) / count)));
    }
    return ranges;
  }
}
