package io.genrec.api.inference;

import io.genrec.api.sequence.History;
import java.util.Map;
import org.apiguardian.api.API;

/**
 * Something that a user did, or a new entry of a slower-changing series, in raw ids.
 *
 * @param item the item's raw id; empty for an entry of a series
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

  /**
   * An entry of a slower-changing series, such as a creator whom the user follows from now on.
   * Given among the events by time, after those of the same time.
   *
   * @param series the series' name in the data set
   * @param value its raw value
   */
  public static Event entry(String series, String value, long time) {
    return new Event("", time, Map.of(series, value));
  }

  /** Whether it is an entry of a slower-changing series. */
  public boolean isEntry() {
    return item.isEmpty();
  }
}
