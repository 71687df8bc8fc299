package io.genrec.engine.optimizer;

import java.util.List;

/**
 * Rows with a gradient move, others stay as they are: their moments and values neither decay nor
 * make up for it later. In a whole gradient, rows of zeros have none.
 */
final class LazyUpdate implements ParameterUpdate {
  private final AdamRule rule;
  private final ParameterGroup.Training training;
  private final OffHeap values;
  private final OffHeap first;
  private final OffHeap second;
  private final float[] p;
  private final float[] m;
  private final float[] v;
  private final float[] g;

  LazyUpdate(
      AdamRule rule, ParameterGroup.Training training, OffHeap values, Moments moments, int dim) {
    this.rule = rule;
    this.training = training;
    this.values = values;
    this.first = moments.perEntry(Moments.FIRST);
    this.second = moments.perEntry(Moments.SECOND);
    this.p = new float[dim];
    this.m = new float[dim];
    this.v = new float[dim];
    this.g = new float[dim];
  }

  @Override
  public List<Runnable> step(GradientView gradient, float scale, long step) {
    return List.of(() -> update(gradient, scale, step));
  }

  private void update(GradientView gradient, float scale, long step) {
    AdamRule.Step now = rule.step(step, training);
    int dim = p.length;
    for (int i = 0; i < gradient.rows(); i++) {
      gradient.read(i, g);
      if (gradient.whole() && isZero(g)) {
        continue;
      }
      long at = gradient.row(i) * dim;
      values.get(at, p, dim);
      first.get(at, m, dim);
      second.get(at, v, dim);
      rule.update(p, m, v, g, dim, scale, now);
      values.put(at, p, dim);
      first.put(at, m, dim);
      second.put(at, v, dim);
    }
  }

  static boolean isZero(float[] row) {
    for (float entry : row) {
      if (entry != 0) {
        return false;
      }
    }
    return true;
  }
}
