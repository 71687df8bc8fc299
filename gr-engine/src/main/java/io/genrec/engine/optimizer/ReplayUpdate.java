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
  private final float[] p;
  private final float[] m;
  private final float[] v;
  private final float[] g;

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
      long row = gradient.row(i);
      gradient.read(i, g);
      load(row);
      replay(lastStep.getLong(row), step - 1);
      rule.update(p, m, v, g, dim, scale, now);
      store(row, step);
    }
  }

  @Override
  public void catchUp(long row, long completed) {
    long last = lastStep.getLong(row);
    if (last < completed) {
      load(row);
      replay(last, completed);
      store(row, completed);
    }
  }

  @Override
  public void catchUpAll(long completed) {
    for (long row = 0; row < rows; row++) {
      catchUp(row, completed);
    }
    steps.clear();
  }

  private void load(long row) {
    int dim = p.length;
    values.get(row * dim, p, dim);
    first.get(row * dim, m, dim);
    second.get(row * dim, v, dim);
  }

  private void store(long row, long step) {
    int dim = p.length;
    values.put(row * dim, p, dim);
    first.put(row * dim, m, dim);
    second.put(row * dim, v, dim);
    lastStep.putLong(row, step);
  }

  /** The steps after one up to another, without gradients, on the loaded row. */
  private void replay(long after, long upTo) {
    if (after >= upTo) {
      return;
    }
    int dim = p.length;
    steps.learn(after + 1, upTo);
    long moving = LazyUpdate.isZero(m) ? 0 : Math.min(upTo - after, momentumSteps);
    long step = after + 1;
    for (; step <= after + moving; step++) {
      rule.idle(p, m, v, dim, steps.get(step));
    }
    if (step > upTo) {
      return;
    }
    rule.fade(m, v, dim, upTo - step + 1);
    // Decay is replayed too, and not raised to a power, since a value may be rounded the same way
    // in each of many steps.
    if (training.weightDecay() > 0) {
      for (; step <= upTo; step++) {
        float decay = steps.decay(step);
        for (int i = 0; i < dim; i++) {
          p[i] *= decay;
        }
      }
    }
  }
}
