package io.genrec.engine.optimizer;

/** Every entry moves in every step. */
final class WholeUpdate implements ParameterUpdate {
  /** Four pieces of this size stay in a core's first cache. */
  private static final int CHUNK = 1024;

  private final AdamRule rule;
  private final ParameterGroup.Training training;
  private final OffHeap values;
  private final OffHeap first;
  private final OffHeap second;
  private final float[] p = new float[CHUNK];
  private final float[] m = new float[CHUNK];
  private final float[] v = new float[CHUNK];
  private final float[] g = new float[CHUNK];

  WholeUpdate(AdamRule rule, ParameterGroup.Training training, OffHeap values, Moments moments) {
    this.rule = rule;
    this.training = training;
    this.values = values;
    this.first = moments.perEntry(Moments.FIRST);
    this.second = moments.perEntry(Moments.SECOND);
  }

  @Override
  public void step(GradientView gradient, float scale, long step) {
    AdamRule.Step now = rule.step(step, training);
    for (long from = 0; from < values.entries(); from += CHUNK) {
      int count = (int) Math.min(CHUNK, values.entries() - from);
      values.get(from, p, count);
      first.get(from, m, count);
      second.get(from, v, count);
      gradient.readFlat(from, g, count);
      rule.update(p, m, v, g, count, scale, now);
      values.put(from, p, count);
      first.put(from, m, count);
      second.put(from, v, count);
    }
  }
}
