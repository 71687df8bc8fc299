package io.genrec.transformer;

import static io.genrec.transformer.SlowRows.product;
import static io.genrec.transformer.SlowRows.rmsNorm;

import java.util.function.Function;

/** The Llama form in plain loops, one sequence at a time, with rotations as complex products. */
final class SlowLlama implements Slow {
  private static final int DIM = Subject.DIM;

  private final LlamaConfig config;
  private final Function<String, double[]> weights;
  private final int width;
  private final int groups;

  SlowLlama(LlamaConfig config, Function<String, double[]> weights) {
    this.config = config;
    this.weights = weights;
    width = DIM / config.heads();
    Integer shared = config.keyValueHeads();
    groups = shared == null ? config.heads() : shared;
  }

  @Override
  public double[][] encode(int b, int[] items, Masks masks) {
    double[][] x = new double[items.length][DIM];
    for (int i = 0; i < items.length; i++) {
      for (int d = 0; d < DIM; d++) {
        double sum = weights.apply("embedding/item")[items[i] * DIM + d];
        if (config.inputFeatures().contains("colour")) {
          sum += weights.apply("embedding/colour")[Subject.colour(items[i]) * DIM + d];
        }
        x[i][d] = sum * masks.at("llama/input", b, i, d);
      }
    }
    for (int layer = 0; layer < config.blocks(); layer++) {
      x = layer("llama/layer" + layer + "/", b, x, masks);
    }
    double[][] y = new double[x.length][];
    for (int i = 0; i < y.length; i++) {
      double[] normal = rmsNorm(x[i], weights.apply("llama/norm"), config.epsilon());
      y[i] = config.output() == LlamaConfig.Output.L2 ? SlowRows.unit(normal) : normal;
    }
    return y;
  }

  private double[][] layer(String scope, int b, double[][] x, Masks masks) {
    double[][] h = new double[x.length][];
    for (int i = 0; i < x.length; i++) {
      h[i] = rmsNorm(x[i], weights.apply(scope + "attention_norm"), config.epsilon());
    }
    double[][] y = new double[x.length][DIM];
    for (int i = 0; i < x.length; i++) {
      double[] attended = product(attend(scope, h, i), weights.apply(scope + "o"));
      for (int d = 0; d < DIM; d++) {
        y[i][d] = x[i][d] + attended[d] * masks.at(scope + "attention", b, i, d);
      }
      double[] z = rmsNorm(y[i], weights.apply(scope + "feed_forward_norm"), config.epsilon());
      double[] gateUp = product(z, weights.apply(scope + "gate_up"));
      double[] inner = new double[gateUp.length / 2];
      for (int c = 0; c < inner.length; c++) {
        inner[c] = SlowRows.silu(gateUp[c]) * gateUp[inner.length + c];
      }
      double[] outer = product(inner, weights.apply(scope + "down"));
      for (int d = 0; d < DIM; d++) {
        y[i][d] += outer[d] * masks.at(scope + "feed_forward", b, i, d);
      }
    }
    return y;
  }

  private double[] attend(String scope, double[][] h, int i) {
    double[] qkv = weights.apply(scope + "qkv");
    int columns = DIM + 2 * groups * width;
    int seen = config.causal() ? i + 1 : h.length;
    double[] a = new double[DIM];
    for (int head = 0; head < config.heads(); head++) {
      int group = head / (config.heads() / groups);
      double[] q = turned(product(h[i], qkv, columns, head * width, width), i);
      double[] exponential = new double[seen];
      double total = 0;
      for (int j = 0; j < seen; j++) {
        double[] k = turned(product(h[j], qkv, columns, DIM + group * width, width), j);
        double score = 0;
        for (int c = 0; c < width; c++) {
          score += q[c] * k[c];
        }
        exponential[j] = Math.exp(score / Math.sqrt(width));
        total += exponential[j];
      }
      for (int j = 0; j < seen; j++) {
        double[] v = product(h[j], qkv, columns, DIM + (groups + group) * width, width);
        for (int c = 0; c < width; c++) {
          a[head * width + c] += exponential[j] / total * v[c];
        }
      }
    }
    return a;
  }

  /** (x_2i + x_2i+1 sqrt(-1)) exp(sqrt(-1) position theta^(-2i/width)). */
  private double[] turned(double[] x, int position) {
    double[] y = new double[width];
    for (int i = 0; i < width / 2; i++) {
      double angle = position / Math.pow(config.ropeTheta(), 2.0 * i / width);
      y[2 * i] = x[2 * i] * Math.cos(angle) - x[2 * i + 1] * Math.sin(angle);
      y[2 * i + 1] = x[2 * i] * Math.sin(angle) + x[2 * i + 1] * Math.cos(angle);
    }
    return y;
  }
}
