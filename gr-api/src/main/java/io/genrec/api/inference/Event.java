package io.genrec.api.inference;

import io.genrec.api.sequence.History;
import java.util.Map;
import org.apiguardian.api.API;

/**
 * Something that a user did, in raw ids.
 *
 * @param item the item's raw id
 * @param time seconds since 1970, or {@link History#NO_TIME}
 * @param features raw values of further features by name
 */
@API(status = API.Status.STABLE, since = "0.1")
public record Event(String item, long time, Map<String, String> features) {
  /** Copies the map. */
  public Event {
    features = Map.copyOf(features);
  }

  /** An event with an item and a time. */
  public static Event of(String item, long time) {
    return new Event(item, time, Map.of());
  }
}
