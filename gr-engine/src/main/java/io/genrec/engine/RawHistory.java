package io.genrec.engine;

import io.genrec.api.GenRecException;
import io.genrec.api.inference.Event;
import io.genrec.api.inference.Request;
import io.genrec.api.sequence.History;
import io.genrec.api.sequence.Schema;
import io.genrec.api.storage.VocabularyFile;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * A request's events in vocabulary rows, without those whose items are unknown; entries of
 * slower-changing series likewise by their values.
 */
final class RawHistory implements History {
  private final Map<String, int[]> categories = new LinkedHashMap<>();
  private final long[] times;
  private final Places places;
  private final int unknown;
  private int size;

  /**
   * Looks events up.
   *
   * @param vocabularies of all features; the item's decides what is known
   * @param entries the series that events may be entries of
   * @throws GenRecException {@code [GR/UnorderedEvents]}; {@code [GR/InvalidRequest]} for an event
   *     that has not either an item or a value of a series
   */
  RawHistory(Request request, Map<String, VocabularyFile> vocabularies, Entries entries) {
    List<Event> events = request.events();
    requireOrder(events);
    entries.require(events);
    vocabularies.keySet().forEach(feature -> categories.put(feature, new int[events.size()]));
    times = new long[events.size()];
    int[] known = new int[events.size()];
    VocabularyFile items = java.util.Objects.requireNonNull(vocabularies.get(Schema.ITEM));
    for (int place = 0; place < events.size(); place++) {
      Event event = events.get(place);
      boolean ofItem = items.row(event.item()) != VocabularyFile.UNKNOWN;
      if (event.isEntry() ? !entries.unknown(event) : ofItem) {
        times[size] = event.time();
        known[size] = place;
        vocabularies.forEach(
            (feature, vocabulary) -> {
              String value =
                  feature.equals(Schema.ITEM) ? event.item() : event.features().get(feature);
              column(feature)[size] =
                  value == null ? VocabularyFile.UNKNOWN : vocabulary.row(value);
            });
        size++;
      }
    }
    places = new Places(Arrays.copyOf(known, size), events.size());
    unknown = events.size() - size;
  }

  /**
   * Refuses events of which a later one has an earlier time.
   *
   * @throws GenRecException {@code [GR/UnorderedEvents]}
   */
  static void requireOrder(List<Event> events) {
    long latest = NO_TIME;
    for (int i = 0; i < events.size(); i++) {
      long time = events.get(i).time();
      // An absent time says nothing of order; it is the smallest number.
      if (time != NO_TIME && time < latest) {
        throw new GenRecException(
            "UnorderedEvents",
            "event "
                + i
                + " of the request (item \""
                + events.get(i).item()
                + "\") has time "
                + time
                + " but an event before it has "
                + latest
                + "; give events oldest first, with times in seconds since 1970");
      }
      latest = Math.max(latest, time);
    }
  }

  private int[] column(String feature) {
    int[] column = categories.get(feature);
    if (column == null) {
      throw new GenRecException(
          "UnknownFeature",
          "the model has no feature \""
              + feature
              + "\"; "
              + GenRecException.knownNames(feature, categories.keySet()));
    }
    return column;
  }

  /** Where these events stand in the request. */
  Places places() {
    return places;
  }

  /** How many events were left out. */
  int unknown() {
    return unknown;
  }

  @Override
  public int size() {
    return size;
  }

  @Override
  public int category(String feature, int event) {
    return column(feature)[event];
  }

  @Override
  public long time(int event) {
    return times[event];
  }
}
