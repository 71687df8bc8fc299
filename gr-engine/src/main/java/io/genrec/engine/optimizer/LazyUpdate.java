package io.genrec.engine.optimizer;

import java.util.List;

/**
 * Rows with a gradient move, others stay as they are: their moments and values neither decay nor
 * make up for it later. In a whole gradient, rows of zeros have none.
 */
final class LazyUpdate implements ParameterUpdate {
  /** Four pieces of this size stay in a core's first cache. */
  private static final int ENTRIES = 1024;

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
    return RowPieces.ofTouched(gradient, () -> new Block(scale, now));
  }

  /**
   * Some rows at a time: their memory, which is nowhere near, is then fetched for several at once,
   * and the loops are long enough for vectors.
   */
  private final class Block implements RowPieces.Visitor {
    private final float scale;
    private final AdamRule.Step now;
    private final long[] rows = new long[Math.max(1, ENTRIES / dim)];
    private final float[] p = new float[rows.length * dim];
    private final float[] m = new float[rows.length * dim];
    private final float[] v = new float[rows.length * dim];
    private final float[] g = new float[rows.length * dim];
    private int count;

    Block(float scale, AdamRule.Step now) {
      this.scale = scale;
      this.now = now;
    }

    @Override
    public void visit(long row, float[] sums) {
      rows[count] = row;
      System.arraycopy(sums, 0, g, count * dim, dim);
      count++;
      if (count == rows.length) {
        end();
      }
    }

    @Override
    public void end() {
      for (int i = 0; i < count; i++) {
        values.get(rows[i] * dim, p, i * dim, dim);
        first.get(rows[i] * dim, m, i * dim, dim);
        second.get(rows[i] * dim, v, i * dim, dim);
      }
      rule.update(p, m, v, g, count * dim, scale, now);
      for (int i = 0; i < count; i++) {
        values.put(rows[i] * dim, p, i * dim, dim);
        first.put(rows[i] * dim, m, i * dim, dim);
        second.put(rows[i] * dim, v, i * dim, dim);
      }
      count = 0;
    }
  }
}
