package io.genrec.data.task;

import io.genrec.api.sequence.History;
import io.genrec.api.sequence.Schema;
import java.util.List;

/**
 * The slower-changing series of a schema.
 *
 * @param names of the series
 */
record Series(List<String> names) {
  static Series of(Schema schema) {
    return new Series(schema.series().stream().map(Schema.Feature::name).toList());
  }

  /** Whether an event is an entry of a series, and not of an item. */
  boolean hold(History history, int event) {
    for (String name : names) {
      if (history.category(name, event) != 0) {
        return true;
      }
    }
    return false;
  }
}
