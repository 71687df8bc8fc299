package io.genrec.engine.optimizer;

import java.util.List;

/**
 * As {@link LazyUpdate}, with one second moment per row: the running mean of the row's mean squared
 * gradient (the rowwise variant of Adam that HSTU's paper trains its tables with).
 */
final class RowwiseUpdate implements ParameterUpdate {
  private final AdamRule rule;
  private final ParameterGroup.Training training;
  private final OffHeap values;
  private final OffHeap first;
  private final OffHeap second;
  private final int dim;

  RowwiseUpdate(
      AdamRule rule, ParameterGroup.Training training, OffHeap values, Moments moments, int dim) {
    this.rule = rule;
    this.training = training;
    this.values = values;
    this.first = moments.perEntry(Moments.FIRST);
    this.second = moments.perRow(Moments.SECOND);
    this.dim = dim;
  }

  @Override
  public List<Runnable> step(GradientView gradient, float scale, long step) {
    AdamRule.Step now = rule.step(step, training);
    return RowPieces.ofTouched(
        gradient,
        () -> {
          float[] p = new float[dim];
          float[] m = new float[dim];
          return (row, g) -> {
            values.get(row * dim, p, dim);
            first.get(row * dim, m, dim);
            float v = rule.updateRow(p, m, second.getFloat(row), g, dim, scale, now);
            values.put(row * dim, p, dim);
            first.put(row * dim, m, dim);
            second.putFloat(row, v);
          };
        });
  }
}
