package io.genrec.engine.optimizer;

import java.util.Arrays;

/** What a run of successive steps does to a table, computed once for all rows that missed them. */
final class ReplaySteps {
  private final AdamRule rule;
  private final ParameterGroup.Training training;
  private float[] decays = new float[0];
  private float[] sizes = new float[0];
  private float[] corrections = new float[0];

  /** The known steps: from one (inclusive) to another (exclusive). */
  private int begin;

  private int end;

  ReplaySteps(AdamRule rule, ParameterGroup.Training training) {
    this.rule = rule;
    this.training = training;
  }

  /** Makes steps known, from one to another, both inclusive. */
  void learn(long from, long upTo) {
    int first = Math.toIntExact(from);
    int last = Math.toIntExact(upTo);
    if (begin == end) {
      begin = first;
      end = first;
    }
    if (decays.length <= last) {
      int room = Math.max(last + 1, decays.length + decays.length / 2 + 64);
      decays = Arrays.copyOf(decays, room);
      sizes = Arrays.copyOf(sizes, room);
      corrections = Arrays.copyOf(corrections, room);
    }
    while (begin > first) {
      begin--;
      compute(begin);
    }
    for (; end <= last; end++) {
      compute(end);
    }
  }

  private void compute(int step) {
    AdamRule.Step computed = rule.step(step, training);
    decays[step] = computed.decay();
    sizes[step] = computed.size();
    corrections[step] = computed.correction();
  }

  /** Forgets all steps, when no row will ask for them again. */
  void clear() {
    begin = 0;
    end = 0;
  }

  /** A known step. */
  AdamRule.Step get(long step) {
    int at = (int) step;
    return new AdamRule.Step(decays[at], sizes[at], corrections[at]);
  }

  /** What a known step multiplies values by. */
  float decay(long step) {
    return decays[(int) step];
  }
}
