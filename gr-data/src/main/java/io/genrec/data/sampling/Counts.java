package io.genrec.data.sampling;

/** Checks that configurations share. */
final class Counts {
  private Counts() {}

  /** The number of negatives, if there is at least one. */
  static int atLeastOne(int count) {
    if (count < 1) {
      throw new IllegalArgumentException("count must be at least 1 but is " + count);
    }
    return count;
  }
}
