package io.genrec.engine.optimizer;

import java.util.List;

/**
 * The values of {@link WholeUpdate} for a table of which each step touches few rows: a row is
 * computed when it is next read, by replaying the steps that it missed with the rates of those
 * steps.
 *
 * <p>Missed steps have no gradient, so a row's momentum dies out. As long as it moves the row, each
 * step is replayed, and gives the dense update's bits; after that (some 240 steps with the default
 * betas) only decay is, and the moments shrink in one go. A row without momentum, such as one that
 * was never touched, needs decay only.
 */
final class ReplayUpdate implements ParameterUpdate {
  private final AdamRule rule;
  private final ParameterGroup.Training training;
  private final OffHeap values;
  private final OffHeap first;
  private final OffHeap second;
  private final OffHeap lastStep;
  private final long rows;
  private final long momentumSteps;
  private final ReplaySteps steps;
  private final int dim;

  /** The row that is brought up to date. */
  private final MomentRow late;

  ReplayUpdate(
      AdamRule rule, ParameterGroup.Training training, OffHeap values, Moments moments, int dim) {
    this.rule = rule;
    this.training = training;
    this.values = values;
    this.first = moments.perEntry(Moments.FIRST);
    this.second = moments.perEntry(Moments.SECOND);
    this.lastStep = moments.stepPerRow(Moments.LAST_STEP);
    this.rows = lastStep.entries();
    this.momentumSteps = rule.momentumSteps();
    this.steps = new ReplaySteps(rule, training);
    this.dim = dim;
    this.late = new MomentRow(values, first, second, dim);
  }

  @Override
  public List<Runnable> step(GradientView gradient, float scale, long step) {
    AdamRule.Step now = rule.step(step, training);
    learn(gradient, step - 1);
    return RowPieces.of(
        gradient,
        () -> {
          MomentRow at = new MomentRow(values, first, second, dim);
          return (row, g) -> {
            at.load(row);
            replay(at, lastStep.getLong(row), step - 1);
            rule.update(at.p, at.m, at.v, g, dim, scale, now);
            at.store(row);
            lastStep.putLong(row, step);
          };
        });
  }

  /** Makes known what the rows of a gradient missed, since pieces only read it. */
  private void learn(GradientView gradient, long completed) {
    long oldest = completed;
    for (int i = 0; i < gradient.rows(); i++) {
      oldest = Math.min(oldest, lastStep.getLong(gradient.row(i)));
    }
    if (oldest < completed) {
      steps.learn(oldest + 1, completed);
    }
  }

  @Override
  public void catchUp(long row, long completed) {
    long last = lastStep.getLong(row);
    if (last < completed) {
      steps.learn(last + 1, completed);
      late.load(row);
      replay(late, last, completed);
      late.store(row);
      lastStep.putLong(row, completed);
    }
  }

  @Override
  public void catchUpAll(long completed) {
    for (long row = 0; row < rows; row++) {
      catchUp(row, completed);
    }
    steps.clear();
  }

  /** The known steps after one up to another, without gradients. */
  private void replay(MomentRow row, long after, long upTo) {
    if (after >= upTo) {
      return;
    }
    long moving = RowPieces.isZero(row.m) ? 0 : Math.min(upTo - after, momentumSteps);
    long step = after + 1;
    for (; step <= after + moving; step++) {
      rule.idle(row.p, row.m, row.v, dim, steps.get(step));
    }
    if (step > upTo) {
      return;
    }
    rule.fade(row.m, row.v, dim, upTo - step + 1);
    // Decay is replayed too, and not raised to a power, since a value may be rounded the same way
    // in each of many steps.
    if (training.weightDecay() > 0) {
      for (; step <= upTo; step++) {
        float decay = steps.decay(step);
        for (int i = 0; i < dim; i++) {
          row.p[i] *= decay;
        }
      }
    }
  }
}
