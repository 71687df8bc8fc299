package io.genrec.engine;

import io.genrec.api.GenRecException;
import io.genrec.api.inference.Candidate;
import io.genrec.api.inference.Event;
import io.genrec.api.sequence.Schema;
import io.genrec.api.sequence.Series;
import io.genrec.api.sequence.Vocabulary;
import io.genrec.engine.bundle.ModelBundle;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/**
 * Entries of slower-changing series among a request's events.
 *
 * @param series the vocabularies of the model's series by name
 */
record Entries(Map<String, Vocabulary> series) {
  static Entries of(ModelBundle bundle) {
    return new Entries(
        Series.of(bundle.model().schema()).names().stream()
            .collect(Collectors.toMap(name -> name, bundle::vocabulary)));
  }

  /**
   * Refuses events that are neither of an item nor entries of the model's series, or both.
   *
   * @throws GenRecException {@code [GR/InvalidRequest]}
   */
  void require(List<Event> events) {
    for (int i = 0; i < events.size(); i++) {
      Event event = events.get(i);
      if (event.isEntry() && series.keySet().stream().noneMatch(event.features()::containsKey)) {
        throw new GenRecException(
            "InvalidRequest",
            "event "
                + i
                + " of the request has neither an item nor a value of a slower-changing series; of"
                + " its fields "
                + GenRecException.knownNames(Schema.ITEM, event.features().keySet())
                + "; "
                + (series.isEmpty()
                    ? "the model has none: leave such entries out"
                    : "the model's are " + series.keySet()));
      }
      if (!event.isEntry()) {
        requireNone("event " + i + " of the request", event.item(), event.features());
      }
    }
  }

  /**
   * Refuses candidates that have values of series.
   *
   * @throws GenRecException {@code [GR/InvalidRequest]}
   */
  void requireNone(List<Candidate> candidates) {
    for (int i = 0; i < candidates.size(); i++) {
      requireNone("candidate " + i, candidates.get(i).item(), candidates.get(i).features());
    }
  }

  private void requireNone(String what, String item, Map<String, String> features) {
    for (String name : series.keySet()) {
      if (features.containsKey(name)) {
        throw new GenRecException(
            "InvalidRequest",
            what
                + " has the item \""
                + item
                + "\" and a value of the slower-changing series \""
                + name
                + "\", whose entries are events of their own; leave the value out");
      }
    }
  }

  /** Whether an event is an entry whose value is not in the vocabulary: it says nothing. */
  boolean unknown(Event event) {
    return event.isEntry()
        && series.entrySet().stream()
            .noneMatch(
                one -> one.getValue().row(event.features().getOrDefault(one.getKey(), "")) != 0);
  }
}
