package io.genrec.hstu;

import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A sequence of context, events and candidates.
 *
 * @param items of all tokens
 * @param times of all tokens; absent ones are null
 * @param used when each token's output is used, likewise; the last is the request's time
 * @param context how many tokens of context it begins with
 * @param candidates how many candidates it ends with
 */
@SuppressWarnings("ArrayRecordComponent")
record StuSequence(
    int[] items, @Nullable Long[] times, @Nullable Long[] used, int context, int candidates) {
  /** Some with each number of tokens, long gaps, and absent times. */
  static List<StuSequence> samples() {
    long t = 1_700_000_000L;
    return List.of(
        of(2, 3, null, t, t + 30, t + 3_000, null, t + 100_000, t + 700_000, t + 40_000_000),
        of(1, 1, t, t + 4_000),
        of(0, 2, t, t + 59, t + 60, t + 10_000, t + 90_000));
  }

  /** Items are numbered through; the last time is the request's. */
  private static StuSequence of(int context, int candidates, @Nullable Long... eventTimes) {
    int events = eventTimes.length - 1;
    int length = context + events + candidates;
    int[] items = new int[length];
    @Nullable Long[] times = new Long[length];
    @Nullable Long[] used = new Long[length];
    for (int i = 0; i < length; i++) {
      items[i] = 1 + (7 * i + 3 * length) % 30;
      int event = i - context;
      times[i] = event < 0 ? null : eventTimes[Math.min(event, events)];
      used[i] = eventTimes[Math.max(0, Math.min(event + 1, events))];
    }
    return new StuSequence(items, times, used, context, candidates);
  }

  int length() {
    return items.length;
  }

  /** The tokens before the candidates. */
  int history() {
    return items.length - candidates;
  }

  @Nullable Long request() {
    return used[used.length - 1];
  }

  /** Context and the first events, which is when the request comes. */
  StuSequence first(int tokens) {
    return new StuSequence(
        Arrays.copyOf(items, tokens),
        Arrays.copyOf(times, tokens),
        Arrays.copyOf(used, tokens),
        context,
        0);
  }
}
