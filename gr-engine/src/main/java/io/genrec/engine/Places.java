package io.genrec.engine;

import java.util.Arrays;

/**
 * Which of a request's events are known to the model; the others are left out, but a user's anchor
 * counts them.
 */
final class Places {
  private final int[] known;
  private final int given;

  /**
   * The places of known events.
   *
   * @param known ascending
   * @param given how many events the request has
   */
  Places(int[] known, int given) {
    this.known = known;
    this.given = given;
  }

  /** How many of the request's events precede a known one, those that were left out among them. */
  int place(int event) {
    return event < known.length ? known[event] : given;
  }

  /** The first known event that is, or comes after, one of the request's; their number if none. */
  int from(int place) {
    int found = Arrays.binarySearch(known, place);
    return found < 0 ? -found - 1 : found;
  }
}
