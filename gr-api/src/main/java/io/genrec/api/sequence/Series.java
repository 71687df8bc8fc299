package io.genrec.api.sequence;

import java.util.List;
import org.apiguardian.api.API;

/**
 * The slower-changing series of users, {@link Schema.Owner#SERIES}: what tells their entries from
 * events of items.
 *
 * @param names of the series; none for most data
 */
@API(status = API.Status.EXPERIMENTAL, since = "0.1")
public record Series(List<String> names) {
  /** Copies the list. */
  public Series {
    names = List.copyOf(names);
  }

  /** Those of a schema. */
  public static Series of(Schema schema) {
    return new Series(schema.series().stream().map(Schema.Feature::name).toList());
  }

  /** Whether an event is an entry of a series, and not of an item. */
  public boolean isEntry(History history, int event) {
    for (String name : names) {
      if (history.category(name, event) != 0) {
        return true;
      }
    }
    return false;
  }
}
