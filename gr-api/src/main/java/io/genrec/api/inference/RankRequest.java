package io.genrec.api.inference;

import io.genrec.api.GenRecException;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import org.apiguardian.api.API;

/**
 * A question to a model that ranks: a user's events, candidates and a time, in raw ids. Immutable;
 * each method gives a changed copy.
 *
 * <pre>{@code RankRequest.of(events, candidates).at(now).user("42")}</pre>
 *
 * @param events the user's events, complete, oldest first; their features by name are categorical
 *     values, numbers, and {@code 1} or {@code 0} for actions
 * @param candidates what to rank; an item may come more than once
 * @param fields raw values of the user's own fields by name
 * @param time when the answer is used, in seconds; if empty, the last event's time
 * @param user a key under which work may be kept for the next request; without it nothing is kept
 * @param firstIndex how many of the user's events precede the first one given
 * @param by the prediction to rank by; if empty, the task's first label
 */
@API(status = API.Status.STABLE, since = "0.1")
public record RankRequest(
    List<Event> events,
    List<Candidate> candidates,
    Map<String, String> fields,
    OptionalLong time,
    Optional<String> user,
    long firstIndex,
    Optional<String> by) {
  /**
   * Copies the collections and checks the number.
   *
   * @throws GenRecException {@code [GR/InvalidRequest]}
   */
  public RankRequest {
    events = List.copyOf(events);
    candidates = List.copyOf(candidates);
    fields = Map.copyOf(fields);
    if (firstIndex < 0) {
      throw new GenRecException(
          "InvalidRequest", "firstIndex must not be negative but is " + firstIndex);
    }
  }

  /** Candidates for a user with these events, at the last event's time. */
  public static RankRequest of(List<Event> events, List<Candidate> candidates) {
    return new RankRequest(
        events, candidates, Map.of(), OptionalLong.empty(), Optional.empty(), 0, Optional.empty());
  }

  /** When the answer is used, in seconds since 1970. */
  public RankRequest at(long seconds) {
    return new RankRequest(
        events, candidates, fields, OptionalLong.of(seconds), user, firstIndex, by);
  }

  /** Raw values of the user's own fields by name. */
  public RankRequest fields(Map<String, String> values) {
    return new RankRequest(events, candidates, values, time, user, firstIndex, by);
  }

  /** A key under which work may be kept for the user's next request. */
  public RankRequest user(String key) {
    return new RankRequest(events, candidates, fields, time, Optional.of(key), firstIndex, by);
  }

  /** How many of the user's events precede the first one given. */
  public RankRequest firstIndex(long preceding) {
    return new RankRequest(events, candidates, fields, time, user, preceding, by);
  }

  /** The prediction to rank by. */
  public RankRequest by(String label) {
    return new RankRequest(events, candidates, fields, time, user, firstIndex, Optional.of(label));
  }
}
