package io.genrec.engine.evaluation;

/** Sums of reciprocals of consecutive whole numbers. */
final class Harmonic {
  /** From here on the series below is exact to double precision (its next term is 1/(252 n^6)). */
  private static final int SERIES = 512;

  private Harmonic() {}

  /** The sum of 1/r for r from above + 1 to last. */
  static double between(int above, int last) {
    double sum = 0;
    int r = above;
    // Few terms are added one by one; many ties at the end of a large catalogue are not.
    while (r < last && (r < SERIES || last - r < SERIES)) {
      r++;
      sum += 1.0 / r;
    }
    return r == last ? sum : sum + series(r, last);
  }

  /** H(b) - H(a) by Euler and Maclaurin, arranged so that nothing large cancels. */
  private static double series(double a, double b) {
    return Math.log1p((b - a) / a) + tail(b) - tail(a);
  }

  private static double tail(double n) {
    double square = n * n;
    return 1 / (2 * n) - 1 / (12 * square) + 1 / (120 * square * square);
  }
}
