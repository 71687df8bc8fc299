package io.genrec.gpsd;

import io.genrec.api.GenRecException;
import java.util.Arrays;
import java.util.Locale;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import org.apiguardian.api.API;

/**
 * {@code value(N) = bound + factor * N^-exponent}, fitted by least squares. For a loss the factor
 * is positive, for a metric that grows negative; the bound is where it ends.
 *
 * @param bound E of the paper's scaling figure: the value of an endless model
 * @param factor A
 * @param exponent a, above 0
 */
@API(status = API.Status.EXPERIMENTAL, since = "0.1")
public record PowerLaw(double bound, double factor, double exponent) {
  private static final double LEAST = 1e-3;
  private static final double MOST = 3;
  private static final int GRID = 400;
  private static final int REFINEMENTS = 80;
  private static final int LEAST_SIZES = 4;
  private static final double GOLDEN = (Math.sqrt(5) - 1) / 2;

  /**
   * An interval.
   *
   * @param low its lower end
   * @param high its upper end
   */
  public record Interval(double low, double high) {
    static Interval of(double[] values, double confidence) {
      double[] sorted = values.clone();
      Arrays.sort(sorted);
      double tail = (1 - confidence) / 2;
      return new Interval(quantile(sorted, tail), quantile(sorted, 1 - tail));
    }

    /** Whether a value lies within. */
    public boolean contains(double value) {
      return low <= value && value <= high;
    }
  }

  /**
   * A fit and how sure it is.
   *
   * @param law the fit of the means
   * @param bound the interval of its bound
   * @param factor of its factor
   * @param exponent of its exponent
   */
  public record Fit(PowerLaw law, Interval bound, Interval factor, Interval exponent) {
    /** The fit in one line. */
    @Override
    public String toString() {
      return String.format(
          Locale.ROOT,
          "%.4f %s %.4f N^-%.4f (bound %.4f to %.4f, exponent %.4f to %.4f)",
          law.bound,
          law.factor < 0 ? "-" : "+",
          Math.abs(law.factor),
          law.exponent,
          bound.low,
          bound.high,
          exponent.low,
          exponent.high);
    }
  }

  /** The value at a size. */
  public double at(double size) {
    return bound + factor * Math.pow(size, -exponent);
  }

  /**
   * Fits values that fall or rise with every size.
   *
   * @param sizes ascending: parameters, or floating-point operations
   * @param values one for each
   * @throws GenRecException {@code [GR/TooFewSizes]} for fewer than 4; {@code [GR/NotMonotone]} if
   *     the values do not all fall or all rise
   */
  public static PowerLaw fit(double[] sizes, double[] values) {
    requireCurve(sizes, values);
    return leastSquares(sizes, values);
  }

  /**
   * Fits means, with percentile intervals by the bootstrap: each round draws the values of each
   * size anew with replacement.
   *
   * @param sizes ascending
   * @param values for each size its values, such as one for each seed
   * @param rounds how often
   * @param confidence for example 0.95
   * @param seed where the draws come from
   * @throws GenRecException as {@link #fit}, of the means
   */
  public static Fit bootstrap(
      double[] sizes, double[][] values, int rounds, double confidence, long seed) {
    PowerLaw law = fit(sizes, means(values));
    SplittableRandom random = new SplittableRandom(seed);
    double[][] drawn = new double[3][rounds];
    double[] means = new double[sizes.length];
    for (int round = 0; round < rounds; round++) {
      for (int size = 0; size < sizes.length; size++) {
        double[] own = values[size];
        double sum = 0;
        for (int i = 0; i < own.length; i++) {
          sum += own[random.nextInt(own.length)];
        }
        means[size] = sum / own.length;
      }
      PowerLaw one = leastSquares(sizes, means);
      drawn[0][round] = one.bound;
      drawn[1][round] = one.factor;
      drawn[2][round] = one.exponent;
    }
    return new Fit(
        law,
        Interval.of(drawn[0], confidence),
        Interval.of(drawn[1], confidence),
        Interval.of(drawn[2], confidence));
  }

  private static double[] means(double[][] values) {
    return Arrays.stream(values)
        .mapToDouble(own -> Arrays.stream(own).average().orElse(Double.NaN))
        .toArray();
  }

  private static void requireCurve(double[] sizes, double[] values) {
    if (sizes.length != values.length) {
      throw new IllegalArgumentException("each size needs one value");
    }
    if (sizes.length < LEAST_SIZES) {
      throw new GenRecException(
          "TooFewSizes",
          "a power law has three numbers: it is fitted to at least "
              + LEAST_SIZES
              + " sizes, not "
              + sizes.length);
    }
    double direction = Math.signum(values[values.length - 1] - values[0]);
    for (int i = 1; i < sizes.length; i++) {
      if (!(sizes[i] > sizes[i - 1] && sizes[0] > 0)) {
        throw new IllegalArgumentException("sizes must be above 0 and ascend");
      }
      // Also refuses NaN and curves that end where they begin.
      if (!(direction * (values[i] - values[i - 1]) > 0)) {
        throw new GenRecException(
            "NotMonotone",
            "the value at size "
                + sizes[i]
                + " is "
                + values[i]
                + " after "
                + values[i - 1]
                + ", but the curve from first to last "
                + (direction > 0 ? "rises" : direction < 0 ? "falls" : "does not move")
                + ": no power law describes it; add seeds, or leave out sizes that were not"
                + " trained to the end, and say so");
      }
    }
  }

  /** The exponent by a search, since bound and factor follow from it. */
  private static PowerLaw leastSquares(double[] sizes, double[] values) {
    double[] exponents =
        IntStream.range(0, GRID)
            .mapToDouble(i -> LEAST * Math.pow(MOST / LEAST, i / (GRID - 1.0)))
            .toArray();
    int best = 0;
    double least = Double.POSITIVE_INFINITY;
    for (int i = 0; i < GRID; i++) {
      double error = error(linear(sizes, values, exponents[i]), sizes, values);
      if (error < least) {
        least = error;
        best = i;
      }
    }
    double low = exponents[Math.max(0, best - 1)];
    double high = exponents[Math.min(GRID - 1, best + 1)];
    for (int i = 0; i < REFINEMENTS; i++) {
      double left = high - GOLDEN * (high - low);
      double right = low + GOLDEN * (high - low);
      if (error(linear(sizes, values, left), sizes, values)
          < error(linear(sizes, values, right), sizes, values)) {
        high = right;
      } else {
        low = left;
      }
    }
    return linear(sizes, values, (low + high) / 2);
  }

  /** The line through (N^-exponent, value). */
  private static PowerLaw linear(double[] sizes, double[] values, double exponent) {
    double[] x = Arrays.stream(sizes).map(size -> Math.pow(size, -exponent)).toArray();
    double meanX = Arrays.stream(x).average().orElseThrow();
    double meanY = Arrays.stream(values).average().orElseThrow();
    double products = 0;
    double squares = 0;
    for (int i = 0; i < x.length; i++) {
      products += (x[i] - meanX) * (values[i] - meanY);
      squares += (x[i] - meanX) * (x[i] - meanX);
    }
    double factor = products / squares;
    return new PowerLaw(meanY - factor * meanX, factor, exponent);
  }

  private static double error(PowerLaw law, double[] sizes, double[] values) {
    double sum = 0;
    for (int i = 0; i < sizes.length; i++) {
      double error = law.at(sizes[i]) - values[i];
      sum += error * error;
    }
    return sum;
  }

  /** Between the two nearest ranks. */
  static double quantile(double[] sorted, double share) {
    double place = share * (sorted.length - 1);
    int below = (int) Math.floor(place);
    int above = Math.min(sorted.length - 1, below + 1);
    return sorted[below] + (place - below) * (sorted[above] - sorted[below]);
  }
}
