package io.genrec.hstu;

import java.util.function.Function;

/**
 * Research HSTU in plain loops over 64-bit reals, one sequence at a time: the formulas as the
 * paper's reference states them.
 */
final class SlowHstu {
  private final HstuConfig config;
  private final int dim;
  private final int dqk;
  private final int dv;
  private final int maxLength;
  private final Function<String, double[]> weights;

  SlowHstu(
      HstuConfig config,
      int dim,
      int dqk,
      int dv,
      int maxLength,
      Function<String, double[]> weights) {
    this.config = config;
    this.dim = dim;
    this.dqk = dqk;
    this.dv = dv;
    this.maxLength = maxLength;
    this.weights = weights;
  }

  /** The outputs of one sequence; an absent time is null. */
  double[][] encode(int[] items, Long[] times, Long[] predictionTimes) {
    double[] table = weights.apply("embedding/item");
    double[] positions = weights.apply("hstu/position");
    double[][] x = new double[items.length][dim];
    for (int i = 0; i < items.length; i++) {
      for (int d = 0; d < dim; d++) {
        x[i][d] = table[items[i] * dim + d] * Math.sqrt(dim) + positions[i * dim + d];
      }
    }
    for (int layer = 0; layer < config.blocks(); layer++) {
      x = layer("hstu/layer" + layer + "/", x, times, predictionTimes);
    }
    for (double[] row : x) {
      if (config.output() == HstuConfig.Output.L2) {
        double norm = 0;
        for (double value : row) {
          norm += value * value;
        }
        divide(row, Math.max(Math.sqrt(norm), config.epsilon()));
      } else {
        normalise(row);
      }
    }
    return x;
  }

  private double[][] layer(String scope, double[][] x, Long[] times, Long[] predictionTimes) {
    int n = x.length;
    int heads = config.heads();
    int width = 2 * heads * dv + 2 * heads * dqk;
    double[] uvqk = weights.apply(scope + "uvqk");
    double[][] h = new double[n][width];
    for (int i = 0; i < n; i++) {
      double[] z = x[i].clone();
      normalise(z);
      for (int c = 0; c < width; c++) {
        double sum = 0;
        for (int d = 0; d < dim; d++) {
          sum += z[d] * uvqk[d * width + c];
        }
        h[i][c] = silu(sum);
      }
    }
    double[] o = weights.apply(scope + "o");
    double[] bias = weights.apply(scope + "o_bias");
    double[][] y = new double[n][];
    for (int i = 0; i < n; i++) {
      double[] a = new double[heads * dv];
      for (int head = 0; head < heads; head++) {
        attend(scope, h, i, head, times, predictionTimes, a);
      }
      normalise(a);
      double[] inner = inner(h[i], a);
      y[i] = x[i].clone();
      for (int d = 0; d < dim; d++) {
        double sum = bias[d];
        for (int c = 0; c < inner.length; c++) {
          sum += inner[c] * o[c * dim + d];
        }
        y[i][d] += sum;
      }
    }
    return y;
  }

  private double[] inner(double[] h, double[] a) {
    int width = a.length;
    double[] inner = new double[config.concatUa() ? 3 * width : width];
    for (int c = 0; c < width; c++) {
      if (config.concatUa()) {
        inner[c] = h[c];
        inner[width + c] = a[c];
        inner[2 * width + c] = h[c] * a[c];
      } else {
        inner[c] = h[c] * a[c];
      }
    }
    return inner;
  }

  private void attend(
      String scope,
      double[][] h,
      int i,
      int head,
      Long[] times,
      Long[] predictionTimes,
      double[] a) {
    int heads = config.heads();
    int v = heads * dv + head * dv;
    int q = 2 * heads * dv + head * dqk;
    int k = 2 * heads * dv + heads * dqk + head * dqk;
    double[] score = new double[i + 1];
    double sum = 0;
    for (int j = 0; j <= i; j++) {
      for (int c = 0; c < dqk; c++) {
        score[j] += h[i][q + c] * h[j][k + c];
      }
      if (config.positionBias()) {
        score[j] += weights.apply(scope + "bias/position")[maxLength - 1 + j - i];
      }
      if (config.timeBias()) {
        score[j] += weights.apply(scope + "bias/time")[bucket(predictionTimes[i], times[j])];
      }
      sum += Math.exp(score[j] / Math.sqrt(dqk));
    }
    for (int j = 0; j <= i; j++) {
      boolean softmax = config.attention() == HstuConfig.Attention.SOFTMAX;
      double weight =
          softmax ? Math.exp(score[j] / Math.sqrt(dqk)) / sum : silu(score[j]) / maxLength;
      for (int c = 0; c < dv; c++) {
        a[head * dv + c] += weight * h[j][v + c];
      }
    }
  }

  private static int bucket(Long query, Long key) {
    if (query == null || key == null) {
      return 128;
    }
    return (int) Math.min(128, Math.log(Math.max(1, Math.abs(query - key))) / 0.301);
  }

  private static double silu(double x) {
    return x / (1 + Math.exp(-x));
  }

  private void normalise(double[] row) {
    double mean = 0;
    for (double value : row) {
      mean += value / row.length;
    }
    double variance = 0;
    for (int c = 0; c < row.length; c++) {
      row[c] -= mean;
      variance += row[c] * row[c] / row.length;
    }
    // The graph carries epsilon as a 32-bit attribute.
    divide(row, Math.sqrt(variance + (float) config.epsilon()));
  }

  private static void divide(double[] row, double by) {
    for (int c = 0; c < row.length; c++) {
      row[c] /= by;
    }
  }
}
