package io.genrec.transformer;

import static io.genrec.transformer.SlowRows.layerNorm;
import static io.genrec.transformer.SlowRows.product;
import static io.genrec.transformer.SlowRows.sum;

import java.util.function.Function;

/** SASRec in plain loops, one sequence at a time: the formulas as the reference states them. */
final class SlowSasrec implements Slow {
  private static final int DIM = Subject.DIM;

  private final SasrecConfig config;
  private final Function<String, double[]> weights;

  SlowSasrec(SasrecConfig config, Function<String, double[]> weights) {
    this.config = config;
    this.weights = weights;
  }

  @Override
  public double[][] encode(int b, int[] items, Masks masks) {
    double[] table = weights.apply("embedding/item");
    double[] positions = weights.apply("sasrec/position");
    double[][] x = new double[items.length][DIM];
    for (int i = 0; i < items.length; i++) {
      for (int d = 0; d < DIM; d++) {
        double event = table[items[i] * DIM + d] * Math.sqrt(DIM) + positions[i * DIM + d];
        x[i][d] = event * masks.at("sasrec/input", b, i, d);
      }
    }
    for (int layer = 0; layer < config.blocks(); layer++) {
      x = layer("sasrec/layer" + layer + "/", b, x, masks);
    }
    double[][] y = new double[x.length][];
    for (int i = 0; i < y.length; i++) {
      y[i] = SlowRows.unit(x[i]);
    }
    return y;
  }

  private double[][] layer(String scope, int b, double[][] x, Masks masks) {
    double[][] y = new double[x.length][];
    for (int i = 0; i < x.length; i++) {
      double[] normal = layerNorm(x[i], config.epsilon());
      double[] a = attend(scope, b, x, i, normal, masks);
      double[] attended = product(a, weights.apply(scope + "o"), weights.apply(scope + "o_bias"));
      double[] z = layerNorm(sum(normal, attended), config.epsilon());
      double[] h = product(z, weights.apply(scope + "inner"), weights.apply(scope + "inner_bias"));
      for (int c = 0; c < h.length; c++) {
        double activated =
            config.activation() == SasrecConfig.Activation.RELU
                ? Math.max(h[c], 0)
                : SlowRows.gelu(h[c]);
        h[c] = activated * masks.at(scope + "inner", b, i, c);
      }
      double[] f = product(h, weights.apply(scope + "outer"), weights.apply(scope + "outer_bias"));
      for (int d = 0; d < DIM; d++) {
        f[d] *= masks.at(scope + "outer", b, i, d);
      }
      y[i] = sum(z, f);
    }
    return y;
  }

  private double[] attend(String scope, int b, double[][] x, int i, double[] normal, Masks masks) {
    double[] qkv = weights.apply(scope + "qkv");
    double[] bias = weights.apply(scope + "qkv_bias");
    int width = DIM / config.heads();
    double[] a = new double[DIM];
    for (int head = 0; head < config.heads(); head++) {
      int from = head * width;
      double[] q = product(normal, qkv, 3 * DIM, from, width, bias);
      double[] exponential = new double[i + 1];
      double total = 0;
      for (int j = 0; j <= i; j++) {
        double[] k = product(x[j], qkv, 3 * DIM, DIM + from, width, bias);
        double score = 0;
        for (int c = 0; c < width; c++) {
          score += q[c] * k[c];
        }
        exponential[j] = Math.exp(score / Math.sqrt(width));
        total += exponential[j];
      }
      for (int j = 0; j <= i; j++) {
        double weight = exponential[j] / total * masks.at(scope + "attention", b, head, i, j);
        double[] v = product(x[j], qkv, 3 * DIM, 2 * DIM + from, width, bias);
        for (int c = 0; c < width; c++) {
          a[from + c] += weight * v[c];
        }
      }
    }
    return a;
  }
}
