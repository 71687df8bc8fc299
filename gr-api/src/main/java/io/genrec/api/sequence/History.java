package io.genrec.api.sequence;

import org.apiguardian.api.API;

/**
 * One user's events, oldest first, in vocabulary rows. A view: valid until its owner moves on or is
 * closed.
 *
 * <p>Not thread-safe unless an implementation says so.
 */
@API(status = API.Status.STABLE, since = "0.1")
public interface History {
  /** A time that is not known. */
  long NO_TIME = Long.MIN_VALUE;

  /** The number of events. */
  int size();

  /**
   * The row of a categorical feature's value at an event; 0 if it has none. The main one is called
   * {@code item}. {@link Schema#ACTIONS} gives the actions at an event, as a sum of 2^i.
   */
  int category(String feature, int event);

  /** The value of a numeric feature at an event; NaN if it has none. */
  default float number(String feature, int event) {
    return Float.NaN;
  }

  /**
   * The row of a categorical feature's value that belongs to the user, not to an event; 0 if there
   * is none.
   */
  default int user(String feature) {
    return 0;
  }

  /**
   * The moment of an event: events of one moment happened at once, as exactly as the log tells, so
   * none of them is before another. Ascending; by default each event has its own.
   */
  default int moment(int event) {
    return event;
  }

  /** The time of an event in seconds since 1970, or {@link #NO_TIME}. */
  long time(int event);

  /** The events from one (inclusive) to another (exclusive), as a view of this one. */
  default History slice(int from, int to) {
    if (from < 0 || from > to || to > size()) {
      throw new IndexOutOfBoundsException("events " + from + " to " + to + " of " + size());
    }
    return from == 0 && to == size() ? this : new HistorySlice(this, from, to);
  }

  /** The most recent events, at most so many. */
  default History last(int events) {
    return slice(Math.max(0, size() - events), size());
  }
}
