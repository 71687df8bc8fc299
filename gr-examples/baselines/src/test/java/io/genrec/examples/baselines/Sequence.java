package io.genrec.examples.baselines;

import io.genrec.api.sequence.History;
import io.genrec.api.sequence.Role;
import io.genrec.api.sequence.Schema;
import io.genrec.api.sequence.TokenRow;
import java.util.Arrays;
import java.util.List;

/**
 * Tokens of one sequence.
 *
 * @param items their items
 * @param ratings their ratings
 * @param times in seconds; null where absent
 * @param predictionTimes likewise
 * @param candidates how many of them, at the end, are candidates
 */
record Sequence(int[] items, int[] ratings, Long[] times, Long[] predictionTimes, int candidates) {
  static final String RATING = "rating";

  /** Three sequences of events: times that repeat, that are far apart, and that are absent. */
  static List<Sequence> events() {
    return List.of(
        new Sequence(
            new int[] {3, 1, 4, 1, 5, 9, 2},
            new int[] {1, 2, 0, 3, 3, 1, 2},
            new Long[] {0L, 10L, 10L, 900L, 86_400L, 40_000_000L, 40_000_001L},
            new Long[] {10L, 10L, 900L, 86_400L, 40_000_000L, 40_000_001L, 50_000_000L},
            0),
        new Sequence(
            new int[] {6},
            new int[] {2},
            new Long[] {1_600_000_000L},
            new Long[] {1_600_000_300L},
            0),
        new Sequence(
            new int[] {5, 3, 5, 8},
            new int[] {0, 0, 1, 2},
            new Long[] {null, null, 7L, 8L},
            new Long[] {null, 7L, 8L, null},
            0));
  }

  /** Two sequences that end with candidates. */
  static List<Sequence> withCandidates() {
    return List.of(
        new Sequence(
            new int[] {3, 1, 4, 1, 5, 9, 2},
            new int[] {1, 2, 1, 3, 0, 0, 0},
            new Long[] {0L, 10L, 10L, 900L, 2_000L, 2_000L, 2_000L},
            new Long[] {10L, 10L, 900L, 2_000L, 2_000L, 2_000L, 2_000L},
            3),
        new Sequence(
            new int[] {6, 6}, new int[] {2, 0}, new Long[] {5L, 9L}, new Long[] {9L, 9L}, 1));
  }

  int length() {
    return items.length;
  }

  /** The same with another token at one place. */
  Sequence with(int place, int item) {
    int[] other = items.clone();
    other[place] = item;
    return new Sequence(other, ratings, times, predictionTimes, candidates);
  }

  /** The tokens from one place (inclusive) to another (exclusive), of which some are candidates. */
  Sequence slice(int from, int to, int asked) {
    return new Sequence(
        Arrays.copyOfRange(items, from, to),
        Arrays.copyOfRange(ratings, from, to),
        Arrays.copyOfRange(times, from, to),
        Arrays.copyOfRange(predictionTimes, from, to),
        asked);
  }

  /** These events and then candidates at the time of the last one. */
  Sequence asking(int... wanted) {
    int length = items.length + wanted.length;
    int[] allItems = Arrays.copyOf(items, length);
    System.arraycopy(wanted, 0, allItems, items.length, wanted.length);
    Long[] allTimes = Arrays.copyOf(times, length);
    Arrays.fill(allTimes, items.length, length, times[items.length - 1]);
    return new Sequence(
        allItems, Arrays.copyOf(ratings, length), allTimes, allTimes, wanted.length);
  }

  /** Whether a token sees another one. */
  boolean sees(int query, int key) {
    return key < query && key < length() - candidates;
  }

  void write(TokenRow row) {
    for (int i = 0; i < length(); i++) {
      Role role = i < length() - candidates ? Role.EVENT : Role.CANDIDATE;
      row.token(role, i, known(times[i]), known(predictionTimes[i]));
      row.feature(Schema.ITEM, i, items[i]).feature(RATING, i, ratings[i]);
    }
  }

  static long known(Long time) {
    return time == null ? History.NO_TIME : time;
  }

  @Override
  public String toString() {
    return Arrays.toString(items);
  }
}
