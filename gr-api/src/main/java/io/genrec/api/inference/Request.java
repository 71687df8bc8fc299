package io.genrec.api.inference;

import io.genrec.api.GenRecException;
import io.genrec.api.sequence.History;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import org.apiguardian.api.API;

/**
 * A question to a recommender: a user's events and a time. Immutable; each method gives a changed
 * copy.
 *
 * <pre>{@code Request.of(events).at(now).k(10).exclude(ids)}</pre>
 *
 * @param events the user's events, complete, oldest first, raw ids
 * @param time when the answer is used, in seconds; if empty, the last event's time
 * @param user a key under which work may be kept for the next request; without it nothing is kept
 * @param firstIndex how many of the user's events precede the first one given
 * @param k how many items to give
 * @param excluded raw ids that are never given
 * @param excludeSeen whether the items of the events are never given
 */
@API(status = API.Status.STABLE, since = "0.1")
public record Request(
    List<Event> events,
    OptionalLong time,
    Optional<String> user,
    long firstIndex,
    int k,
    Set<String> excluded,
    boolean excludeSeen) {
  /**
   * Copies the collections and checks the numbers.
   *
   * @throws GenRecException {@code [GR/InvalidRequest]}
   */
  public Request {
    events = List.copyOf(events);
    excluded = Set.copyOf(excluded);
    if (k < 1) {
      throw new GenRecException("InvalidRequest", "k must be at least 1 but is " + k);
    }
    if (firstIndex < 0) {
      throw new GenRecException(
          "InvalidRequest", "firstIndex must not be negative but is " + firstIndex);
    }
  }

  /** Ten items for a user with these events, none of them seen before, at the last event's time. */
  public static Request of(List<Event> events) {
    return new Request(events, OptionalLong.empty(), Optional.empty(), 0, 10, Set.of(), true);
  }

  /** When the answer is used, in seconds since 1970. */
  public Request at(long seconds) {
    return new Request(
        events, OptionalLong.of(seconds), user, firstIndex, k, excluded, excludeSeen);
  }

  /** How many items to give. */
  public Request k(int items) {
    return new Request(events, time, user, firstIndex, items, excluded, excludeSeen);
  }

  /** Raw ids that are never given. */
  public Request exclude(Collection<String> ids) {
    return new Request(events, time, user, firstIndex, k, Set.copyOf(ids), excludeSeen);
  }

  /** Whether the items of the events may be given again. */
  public Request allowSeen(boolean allow) {
    return new Request(events, time, user, firstIndex, k, excluded, !allow);
  }

  /** A key under which work may be kept for the user's next request. */
  public Request user(String key) {
    return new Request(events, time, Optional.of(key), firstIndex, k, excluded, excludeSeen);
  }

  /** The time that counts: the given one, else the last event's, else {@link History#NO_TIME}. */
  public long effectiveTime() {
    long last = events.isEmpty() ? History.NO_TIME : events.get(events.size() - 1).time();
    return time.orElse(last);
  }
}
