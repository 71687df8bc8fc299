package io.genrec.api.inference;

import io.genrec.api.config.Check;
import org.apiguardian.api.API;

/**
 * Where the history that a model is shown begins. A function of the number of events alone, so that
 * scores never depend on what is kept.
 *
 * @param maxHistory M: the most events that are shown
 * @param delta 0: the most recent M events, so that each new event moves the beginning of a long
 *     history; else the beginning moves by so many events at a time, between which what is kept of
 *     a long history stays right
 */
@API(status = API.Status.EXPERIMENTAL, since = "0.1")
public record Anchor(int maxHistory, int delta) {
  /**
   * Checks that at least one event is always shown.
   *
   * @throws IllegalArgumentException naming the number and what is allowed
   */
  public Anchor {
    Check.positive("maxHistory", maxHistory);
    Check.notNegative("delta", delta);
    if (delta > maxHistory - 1 && delta > 0) {
      throw new IllegalArgumentException(
          "anchor must be below maxHistory "
              + maxHistory
              + ", so that a history always shows an event, but is "
              + delta);
    }
  }

  /**
   * How many events precede the first one that is shown: 0 up to M events, then {@code count - M},
   * rounded up to a multiple of delta.
   *
   * @param count all events of the user
   */
  public long start(long count) {
    long over = Math.max(0, count - maxHistory);
    return delta == 0 ? over : (over + delta - 1) / delta * delta;
  }

  /**
   * The first event of a history that is shown.
   *
   * @param firstIndex how many of the user's events precede the history
   * @param events how many events the history has
   */
  public int firstShown(long firstIndex, int events) {
    return (int) Math.max(0, start(firstIndex + events) - firstIndex);
  }
}
