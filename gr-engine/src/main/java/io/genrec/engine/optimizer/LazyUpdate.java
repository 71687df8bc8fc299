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
  private final int dim;

  LazyUpdate(
      AdamRule rule, ParameterGroup.Training training, OffHeap values, Moments moments, int dim) {
    this.rule = rule;
    this.training = training;
    this.values = values;
    this.first = moments.perEntry(Moments.FIRST);
    this.second = moments.perEntry(Moments.SECOND);
    this.dim = dim;
  }

  @Override
  public List<Runnable> step(GradientView gradient, float scale, long step) {
    AdamRule.Step now = rule.step(step, training);
    return RowPieces.ofTouched(
        gradient,
        () -> {
          MomentRow at = new MomentRow(values, first, second, dim);
          return (row, g) -> {
            at.load(row);
            rule.update(at.p, at.m, at.v, g, dim, scale, now);
            at.store(row);
          };
        });
  }
}
