package io.genrec.engine;

import io.genrec.api.GenRecException;
import io.genrec.api.inference.Candidate;
import io.genrec.api.inference.Event;
import io.genrec.api.sequence.History;
import io.genrec.api.sequence.Schema;
import io.genrec.api.sequence.Vocabulary;
import io.genrec.engine.bundle.ModelBundle;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.apiguardian.api.API;

/**
 * Raw events, or candidates, in a bundle's vocabulary rows, with all that a model which ranks may
 * read. Events of one second are one moment, but an entry of a slower-changing series is one by
 * itself. Features that the model does not use are ignored; unknown values count as absent, and
 * entries of unknown values are left out.
 *
 * <p>Immutable and thread-safe.
 */
@API(status = API.Status.EXPERIMENTAL, since = "0.1")
public final class RawEvents implements History {
  private final Schema schema;
  private final Map<String, int[]> categories = new LinkedHashMap<>();
  private final Map<String, float[]> numbers = new LinkedHashMap<>();
  private final Map<String, Integer> fields = new LinkedHashMap<>();
  private final int[] actions;
  private final int[] moments;
  private final long[] times;
  private final Places places;

  private RawEvents(
      ModelBundle bundle, List<Event> events, Map<String, String> userFields, Places places) {
    this.places = places;
    schema = bundle.model().schema();
    times = events.stream().mapToLong(Event::time).toArray();
    moments = moments(events);
    actions = new int[events.size()];
    for (Schema.Feature feature : schema.vocabularies()) {
      Vocabulary vocabulary =
          feature.name().equals(Schema.ITEM) ? bundle.items() : bundle.vocabulary(feature.name());
      if (feature.owner() == Schema.Owner.USER) {
        String value = userFields.get(feature.name());
        fields.put(feature.name(), value == null ? 0 : vocabulary.row(value));
      } else {
        categories.put(feature.name(), rows(feature.name(), vocabulary, events));
      }
    }
    schema.numbers().forEach(number -> numbers.put(number.name(), numbers(number, events)));
    schema.outcomes().numbers().forEach(n -> numbers.put(n.name(), numbers(n, events)));
    List<String> names = schema.outcomes().actions();
    for (int bit = 0; bit < names.size(); bit++) {
      for (int event = 0; event < actions.length; event++) {
        actions[event] |= happened(names.get(bit), events, event) ? 1 << bit : 0;
      }
    }
  }

  /**
   * A user's events.
   *
   * @param fields raw values of the user's own fields
   * @throws GenRecException {@code [GR/UnorderedEvents]}; {@code [GR/InvalidRequest]} for a number
   *     or an action that is none, or an event that has not either an item or a value of a series
   */
  public static RawEvents of(ModelBundle bundle, List<Event> events, Map<String, String> fields) {
    RawHistory.requireOrder(events);
    Entries entries = Entries.of(bundle);
    entries.require(events);
    int[] places =
        IntStream.range(0, events.size()).filter(i -> !entries.unknown(events.get(i))).toArray();
    List<Event> known = Arrays.stream(places).mapToObj(events::get).toList();
    return new RawEvents(bundle, known, fields, new Places(places, events.size()));
  }

  /**
   * Candidates in the place of events.
   *
   * @throws GenRecException {@code [GR/InvalidRequest]} for a number that is none, or a value of a
   *     series
   */
  public static RawEvents of(ModelBundle bundle, List<Candidate> candidates) {
    Entries.of(bundle).requireNone(candidates);
    List<Event> events =
        candidates.stream().map(c -> new Event(c.item(), NO_TIME, c.features())).toList();
    int[] places = IntStream.range(0, events.size()).toArray();
    return new RawEvents(bundle, events, Map.of(), new Places(places, places.length));
  }

  private static int[] rows(String feature, Vocabulary vocabulary, List<Event> events) {
    return events.stream()
        .map(e -> feature.equals(Schema.ITEM) ? e.item() : e.features().getOrDefault(feature, ""))
        .mapToInt(vocabulary::row)
        .toArray();
  }

  private static float[] numbers(Schema.Numeric number, List<Event> events) {
    float[] values = new float[events.size()];
    for (int event = 0; event < values.length; event++) {
      String text = events.get(event).features().get(number.name());
      try {
        values[event] = text == null ? Float.NaN : Float.parseFloat(text);
      } catch (NumberFormatException e) {
        throw invalid(number.name(), events, event, "a number");
      }
    }
    return values;
  }

  private static boolean happened(String action, List<Event> events, int event) {
    return switch (events.get(event).features().getOrDefault(action, "0")) {
      case "1", "true" -> true;
      case "0", "false", "" -> false;
      default -> throw invalid(action, events, event, "1 or 0");
    };
  }

  private static GenRecException invalid(
      String feature, List<Event> events, int event, String expected) {
    return new GenRecException(
        "InvalidRequest",
        "\""
            + feature
            + "\" of event "
            + event
            + " (item \""
            + events.get(event).item()
            + "\") is \""
            + events.get(event).features().get(feature)
            + "\"; expected "
            + expected);
  }

  private static int[] moments(List<Event> events) {
    int[] moments = new int[events.size()];
    for (int i = 1; i < moments.length; i++) {
      Event event = events.get(i);
      Event before = events.get(i - 1);
      boolean entry = event.isEntry() || before.isEntry();
      boolean same = !entry && event.time() != NO_TIME && event.time() == before.time();
      moments[i] = moments[i - 1] + (same ? 0 : 1);
    }
    return moments;
  }

  /** How many of the given events precede one of these, those that were left out among them. */
  public int place(int event) {
    return places.place(event);
  }

  /** The first of these that is, or comes after, one of the given events; {@code size} of none. */
  public int from(int place) {
    return places.from(place);
  }

  private int[] column(String feature) {
    int[] column = categories.get(feature);
    if (column == null) {
      // A feature of the user is no event's.
      schema.feature(feature);
      return new int[size()];
    }
    return column;
  }

  @Override
  public int size() {
    return times.length;
  }

  @Override
  public int category(String feature, int event) {
    return feature.equals(Schema.ACTIONS) ? actions[event] : column(feature)[event];
  }

  @Override
  public float number(String feature, int event) {
    float[] values = numbers.get(feature);
    return values == null ? Float.NaN : values[event];
  }

  @Override
  public int user(String feature) {
    return fields.getOrDefault(feature, 0);
  }

  @Override
  public int moment(int event) {
    return moments[event];
  }

  @Override
  public long time(int event) {
    return times[event];
  }
}
