package io.genrec.hstu;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.function.Function;

/**
 * STU in plain loops over 64-bit reals, one sequence at a time: the formulas as the reference
 * states them, with its numbering of tokens.
 */
final class SlowStu {
  private final StuConfig config;
  private final int dim;
  private final int dqk;
  private final int dv;
  private final int maxHistory;
  private final int maxLength;
  private final Function<String, double[]> weights;
  private Set<Integer> leftOut = Set.of();

  SlowStu(
      StuConfig config,
      int dim,
      int maxHistory,
      int maxLength,
      Function<String, double[]> weights) {
    this.config = config;
    this.dim = dim;
    Integer givenDqk = config.dqk();
    Integer givenDv = config.dv();
    dqk = givenDqk == null ? dim / config.heads() : givenDqk;
    dv = givenDv == null ? dim / config.heads() : givenDv;
    this.maxHistory = maxHistory;
    this.maxLength = maxLength;
    this.weights = name -> weights.apply("stu/" + name);
  }

  /** The same where some tokens are seen by none; their own outputs say nothing. */
  SlowStu without(Set<Integer> tokens) {
    leftOut = tokens;
    return this;
  }

  /**
   * The outputs of one sequence.
   *
   * @param depth what each layer's change is multiplied with
   */
  double[][] encode(StuSequence sequence, double[] table, double... depth) {
    double[][] x = input(sequence, table);
    int first = config.blocks() - config.lastLayers();
    for (int layer = 0; layer < config.blocks(); layer++) {
      List<Integer> entering = new ArrayList<>();
      int from = layer < first ? 0 : sequence.history() - config.lastTokens();
      for (int i = 0; i < x.length; i++) {
        if (i < sequence.context() || i >= from) {
          entering.add(i);
        }
      }
      int n = layer < first ? maxLength : maxLength - maxHistory + config.lastTokens();
      double factor = depth.length == 0 ? 1 : depth[layer];
      x = layer("layer" + layer + "/", x, entering, sequence, n, factor);
    }
    return output(x, sequence);
  }

  private double[][] input(StuSequence sequence, double[] table) {
    int context = sequence.context();
    int high = sequence.history();
    double[][] x = new double[sequence.length()][dim];
    for (int i = 0; i < x.length; i++) {
      int place = i < context ? i : high - Math.min(i, high) + context;
      if (config.position() == StuConfig.Position.ABSOLUTE) {
        place = Math.min(i, high);
      }
      for (int d = 0; d < dim; d++) {
        x[i][d] = table[sequence.items()[i] * dim + d] * Math.sqrt(dim);
        if (config.position() != StuConfig.Position.NONE) {
          double[] position = weights.apply("position");
          x[i][d] += position[Math.min(place, position.length / dim - 1) * dim + d];
        }
        if (config.time() != StuConfig.Time.NONE) {
          x[i][d] += weights.apply("time")[bucket(sequence, i) * dim + d];
        }
      }
    }
    return x;
  }

  private int bucket(StuSequence sequence, int i) {
    Long time = sequence.times()[i];
    Long request = sequence.request();
    if (time == null || request == null) {
      return config.timeBuckets();
    }
    double minutes = Math.max(request - time, 1e-6) / 60;
    double bucket = config.time() == StuConfig.Time.SQRT ? Math.sqrt(minutes) : Math.log(minutes);
    return (int) Math.max(0, Math.min(config.timeBuckets(), bucket));
  }

  private double[][] layer(
      String scope,
      double[][] all,
      List<Integer> entering,
      StuSequence sequence,
      int divisor,
      double factor) {
    int n = entering.size();
    int heads = config.heads();
    int width = 2 * heads * dv + 2 * heads * dqk;
    double[][] h = new double[n][width];
    for (int i = 0; i < n; i++) {
      double[] z = norm(scope + "input_norm/", all[entering.get(i)], dim, config.epsilon());
      h[i] = linear(z, weights.apply(scope + "uvqk"), width);
      for (int c = 0; c < width; c++) {
        h[i][c] += weights.apply(scope + "beta")[c];
        h[i][c] = c < heads * dv ? silu(h[i][c]) : h[i][c];
      }
    }
    double[][] y = all.clone();
    for (int i = 0; i < n; i++) {
      double[] a = new double[heads * dv];
      for (int j = 0; j < n; j++) {
        if (!leftOut.contains(entering.get(j)) && visible(i, j, n, sequence)) {
          for (int head = 0; head < heads; head++) {
            double weight = silu(score(h[i], h[j], head)) / divisor;
            for (int c = 0; c < dv; c++) {
              a[head * dv + c] += weight * h[j][heads * dv + head * dv + c];
            }
          }
        }
      }
      int group = config.groupNorm() ? dv : heads * dv;
      double[] normed = norm(scope + "output_norm/", a, group, config.epsilon());
      double[] inner = new double[3 * heads * dv];
      for (int c = 0; c < a.length; c++) {
        inner[c] = h[i][c];
        inner[a.length + c] = a[c];
        inner[2 * a.length + c] = h[i][c] * normed[c];
      }
      double[] change = linear(inner, weights.apply(scope + "o"), dim);
      y[entering.get(i)] = all[entering.get(i)].clone();
      for (int d = 0; d < dim; d++) {
        y[entering.get(i)][d] += factor * change[d];
      }
    }
    return y;
  }

  private double score(double[] query, double[] key, int head) {
    int q = 2 * config.heads() * dv + head * dqk;
    double product = 0;
    for (int c = 0; c < dqk; c++) {
      product += query[q + c] * key[q + config.heads() * dqk + c];
    }
    Double alpha = config.attentionAlpha();
    return product * (alpha == null ? 1 / Math.sqrt(dqk) : alpha);
  }

  /** The reference's mask: ids of n tokens, of which all candidates share one. */
  private boolean visible(int i, int j, int n, StuSequence sequence) {
    int context = config.contextSeesHistory() ? sequence.context() : 0;
    int most = n - (context > 0 ? context - 1 : 0) - sequence.candidates();
    int row = Math.min(context > 0 ? Math.max(i - (context - 1), 0) : i, most);
    int col = Math.min(context > 0 ? Math.max(j - (context - 1), 0) : j, most);
    boolean valid = i == j || row > col;
    if (config.maxAttention() > 0) {
      int full = config.minFullAttention();
      valid &= row - col <= config.maxAttention() || (full > 0 && row >= most - full);
    }
    return valid || (context > 0 && row == 0 && col < most);
  }

  private double[][] output(double[][] x, StuSequence sequence) {
    for (int i = 0; i < x.length; i++) {
      if (config.output() == StuConfig.Output.L2) {
        double square = 0;
        for (double value : x[i]) {
          square += value * value;
        }
        for (int d = 0; d < dim; d++) {
          x[i][d] /= Math.max(Math.sqrt(square), config.epsilon());
        }
        continue;
      }
      if (config.output() == StuConfig.Output.TIMESTAMP_LAYER_NORM) {
        double[] timed = new double[dim + 4];
        System.arraycopy(x[i], 0, timed, 0, dim);
        Long used = sequence.used()[i];
        if (used != null) {
          double hour = 2 * 3.14 * Math.floorMod(Math.floorDiv(used, 3_600L), 24) / 24;
          double day = 2 * 3.14 * Math.floorMod(Math.floorDiv(used, 86_400L), 7) / 7;
          timed[dim] = Math.cos(hour);
          timed[dim + 1] = Math.sin(hour);
          timed[dim + 2] = Math.cos(day);
          timed[dim + 3] = Math.sin(day);
        }
        x[i] = linear(timed, weights.apply("calendar"), dim);
        for (int d = 0; d < dim; d++) {
          x[i][d] += weights.apply("calendar_bias")[d];
        }
      }
      x[i] = norm("norm/", x[i], dim, 1e-5);
    }
    return x;
  }

  private static double[] linear(double[] x, double[] matrix, int width) {
    double[] y = new double[width];
    for (int c = 0; c < width; c++) {
      for (int d = 0; d < x.length; d++) {
        y[c] += x[d] * matrix[d * width + c];
      }
    }
    return y;
  }

  /** Layer normalisation of groups; a group's scale is one number, or one for each entry. */
  private double[] norm(String scope, double[] x, int group, double epsilon) {
    double[] scale = weights.apply(scope + "scale");
    double[] shift = weights.apply(scope + "shift");
    double[] y = new double[x.length];
    for (int begin = 0; begin < x.length; begin += group) {
      double mean = 0;
      double variance = 0;
      for (int c = begin; c < begin + group; c++) {
        mean += x[c] / group;
      }
      for (int c = begin; c < begin + group; c++) {
        variance += (x[c] - mean) * (x[c] - mean) / group;
      }
      for (int c = begin; c < begin + group; c++) {
        int entry = c * scale.length / x.length;
        // The graph carries epsilon as a 32-bit attribute.
        y[c] = (x[c] - mean) / Math.sqrt(variance + (float) epsilon) * scale[entry] + shift[entry];
      }
    }
    return y;
  }

  private static double silu(double x) {
    return x / (1 + Math.exp(-x));
  }
}
