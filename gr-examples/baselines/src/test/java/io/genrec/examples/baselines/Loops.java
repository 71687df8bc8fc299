package io.genrec.examples.baselines;

import java.util.Arrays;
import java.util.function.DoubleUnaryOperator;

/** Vectors in plain loops over 64-bit reals. */
final class Loops {
  private Loops() {}

  static double[] row(double[] matrix, int row, int columns) {
    return Arrays.copyOfRange(matrix, row * columns, (row + 1) * columns);
  }

  /** x W, where W has as many rows as x has entries. */
  static double[] times(double[] x, double[] w) {
    double[] y = new double[w.length / x.length];
    for (int i = 0; i < x.length; i++) {
      for (int j = 0; j < y.length; j++) {
        y[j] += x[i] * w[i * y.length + j];
      }
    }
    return y;
  }

  static double[] plus(double[] a, double[] b) {
    double[] sum = a.clone();
    for (int i = 0; i < a.length; i++) {
      sum[i] += b[i];
    }
    return sum;
  }

  static double[] minus(double[] a, double[] b) {
    return plus(a, scaled(b, -1));
  }

  /** Entry by entry. */
  static double[] product(double[] a, double[] b) {
    double[] product = a.clone();
    for (int i = 0; i < a.length; i++) {
      product[i] *= b[i];
    }
    return product;
  }

  static double dot(double[] a, double[] b) {
    return Arrays.stream(product(a, b)).sum();
  }

  static double[] scaled(double[] x, double factor) {
    return each(x, v -> v * factor);
  }

  static double[] each(double[] x, DoubleUnaryOperator function) {
    return Arrays.stream(x).map(function).toArray();
  }

  static double[] concat(double[]... parts) {
    return Arrays.stream(parts).flatMapToDouble(Arrays::stream).toArray();
  }

  static double sigmoid(double x) {
    return 1 / (1 + Math.exp(-x));
  }

  static double silu(double x) {
    return x / (1 + Math.exp(-x));
  }

  static double[] rmsNorm(double[] x, double epsilon) {
    return scaled(x, 1 / Math.sqrt(dot(x, x) / x.length + epsilon));
  }

  static double[] l2Norm(double[] x, double epsilon) {
    return scaled(x, 1 / Math.max(Math.sqrt(dot(x, x)), epsilon));
  }

  /** Linear layers {@code prefix/layer0} and so on, with SiLU between them. */
  static double[] mlp(Probe probe, String prefix, int layers, double[] x) {
    double[] y = x;
    for (int i = 0; i < layers; i++) {
      double[] active = i == 0 ? y : each(y, Loops::silu);
      String layer = prefix + "/layer" + i;
      y = plus(times(active, probe.weight(layer + "/w")), probe.weight(layer + "/b"));
    }
    return y;
  }
}
