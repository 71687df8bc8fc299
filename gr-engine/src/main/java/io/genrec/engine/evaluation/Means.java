package io.genrec.engine.evaluation;

/** Means in a fixed order. */
final class Means {
  private Means() {}

  /** The mean of at least one value, added from first to last: the same bits each time. */
  static double of(double[] values) {
    double sum = 0;
    for (double value : values) {
      sum += value;
    }
    return sum / values.length;
  }
}
