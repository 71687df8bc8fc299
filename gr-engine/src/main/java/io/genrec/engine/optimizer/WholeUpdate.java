package io.genrec.engine.optimizer;

import java.util.ArrayList;
import java.util.List;

/** Every entry moves in every step. */
final class WholeUpdate implements ParameterUpdate {
  /** Four pieces of this size stay in a core's first cache. */
  private static final int CHUNK = 1024;

  /** What a worker takes at a time. */
  private static final int PIECE = 32 * CHUNK;

  private final AdamRule rule;
  private final ParameterGroup.Training training;
  private final OffHeap values;
  private final OffHeap first;
  private final OffHeap second;

  WholeUpdate(AdamRule rule, ParameterGroup.Training training, OffHeap values, Moments moments) {
    this.rule = rule;
    this.training = training;
    this.values = values;
    this.first = moments.perEntry(Moments.FIRST);
    this.second = moments.perEntry(Moments.SECOND);
  }

  @Override
  public List<Runnable> step(GradientView gradient, float scale, long step) {
    AdamRule.Step now = rule.step(step, training);
    List<Runnable> pieces = new ArrayList<>();
    for (long from = 0; from < values.entries(); from += PIECE) {
      long begin = from;
      long end = Math.min(from + PIECE, values.entries());
      pieces.add(() -> update(gradient, scale, now, begin, end));
    }
    return pieces;
  }

  private void update(GradientView gradient, float scale, AdamRule.Step now, long begin, long end) {
    float[] p = new float[CHUNK];
    float[] m = new float[CHUNK];
    float[] v = new float[CHUNK];
    float[] g = new float[CHUNK];
    for (long from = begin; from < end; from += CHUNK) {
      int count = (int) Math.min(CHUNK, end - from);
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
