package io.genrec.cli;

import java.util.function.DoubleFunction;
import org.jspecify.annotations.Nullable;

/**
 * A value over several runs.
 *
 * @param mean the mean
 * @param deviation the sample's standard deviation; absent for one run
 */
record Spread(double mean, @Nullable Double deviation) {
  /** Of at least one value. */
  static Spread of(double... values) {
    double sum = 0;
    for (double value : values) {
      sum += value;
    }
    double mean = sum / values.length;
    double squares = 0;
    for (double value : values) {
      squares += (value - mean) * (value - mean);
    }
    return new Spread(
        mean, values.length < 2 ? null : Double.valueOf(Math.sqrt(squares / (values.length - 1))));
  }

  /** Mean ± deviation. */
  String text(DoubleFunction<String> number) {
    return number.apply(mean) + (deviation == null ? "" : " ± " + number.apply(deviation));
  }
}
