package io.genrec.api.sequence;

import io.genrec.api.GenRecException;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Function;
import org.apiguardian.api.API;

/**
 * What tokens look like to an encoder.
 *
 * @param features the categorical features that tokens may carry; the main one is called {@code
 *     item}
 * @param numbers the numeric features that tokens may carry
 * @param outcomes what may be known of an event only after it, and is predicted by ranking tasks
 * @param dim the width of what encoders are given and give back; where tokens are items alone, that
 *     of an item's embedding
 * @param maxHistory the most events that a history shows to the model (M of the paper's code)
 * @param maxLength the most tokens of a sequence, with room for outputs and targets (N): the
 *     constant of the maths, which never comes from a batch
 */
@API(status = API.Status.STABLE, since = "0.1")
public record Schema(
    List<Feature> features,
    List<Numeric> numbers,
    Outcomes outcomes,
    int dim,
    int maxHistory,
    int maxLength) {
  /** The name of the main feature. */
  public static final String ITEM = "item";

  /** The name under which tokens carry actions, as a sum of 2^i over the actions i that were. */
  public static final String ACTIONS = "actions";

  /** What a value belongs to, and so when it is known. */
  public enum Owner {
    /** To what happened: known only after the event, so a candidate has none. */
    EVENT,
    /** To the moment of a request, such as a page or an hour: a candidate has it too. */
    REQUEST,
    /** To the item. */
    ITEM,
    /** To the user: one value for the whole sequence. */
    USER,
    /**
     * To the user from a time on: the field is a slower-changing series, such as the creators that
     * a user follows, whose entries stand among the events by time. An entry is an event with a
     * value of its series and without an item; no other event has one.
     */
    SERIES
  }

  /**
   * A categorical feature with an embedding table.
   *
   * @param name for example {@code item}
   * @param values the number of known values; the table has one more row, row 0, for "none"
   * @param dim the width of an embedding
   * @param owner what a value belongs to
   */
  public record Feature(String name, int values, int dim, Owner owner) {
    /** The item, or else a feature of what happened at an event. */
    public Feature(String name, int values, int dim) {
      this(name, values, dim, name.equals(ITEM) ? Owner.ITEM : Owner.EVENT);
    }
  }

  /**
   * A numeric feature. With boundaries it is a categorical feature of the same name, whose row says
   * between which boundaries a number lies; without, a token carries it as a real.
   *
   * @param name for example {@code video_duration}
   * @param owner what a value belongs to
   * @param mean what is subtracted
   * @param deviation what the difference is divided by; above 0
   * @param boundaries ascending; empty for a real
   */
  public record Numeric(
      String name, Owner owner, double mean, double deviation, List<Double> boundaries) {
    /** Copies the list and checks the deviation. */
    public Numeric {
      boundaries = List.copyOf(boundaries);
      if (!(deviation > 0)) {
        throw new IllegalArgumentException("deviation must be above 0 but is " + deviation);
      }
    }

    /** Whether it is a categorical feature. */
    public boolean bucketed() {
      return !boundaries.isEmpty();
    }

    /** The number with mean 0 and deviation 1 over the training data; 0 for NaN. */
    public float normalised(float value) {
      return Float.isNaN(value) ? 0 : (float) ((value - mean) / deviation);
    }

    /** One more than the number of boundaries at or below a value; 0 for NaN. */
    public int bucket(float value) {
      if (Float.isNaN(value)) {
        return 0;
      }
      int row = 1;
      while (row <= boundaries.size() && boundaries.get(row - 1) <= value) {
        row++;
      }
      return row;
    }
  }

  /**
   * What may be known of an event only after it.
   *
   * @param actions names of what a user may do at an event, in the order of their bits
   * @param numbers what may be measured, such as a watch time
   */
  public record Outcomes(List<String> actions, List<Numeric> numbers) {
    /** Nothing. */
    public static final Outcomes NONE = new Outcomes(List.of(), List.of());

    /** Copies the lists. */
    public Outcomes {
      actions = List.copyOf(actions);
      numbers = List.copyOf(numbers);
    }
  }

  /** What every token has under a name of its own. */
  private static final Set<String> RESERVED =
      Set.of("time", "prediction_time", "valid", "role", "length", "position", ACTIONS);

  /**
   * Copies the lists.
   *
   * @throws GenRecException {@code [GR/ReservedName]} for a categorical feature with the name of
   *     something that every token has
   */
  public Schema {
    features = List.copyOf(features);
    numbers = List.copyOf(numbers);
    for (Feature feature : features) {
      if (RESERVED.contains(feature.name())) {
        throw new GenRecException(
            "ReservedName",
            "a feature is called \""
                + feature.name()
                + "\", which is what tokens call something of their own, as "
                + new TreeSet<>(RESERVED)
                + " are; rename the field in the data mapping");
      }
    }
  }

  /** Tokens of categorical features alone. */
  public Schema(List<Feature> features, int maxHistory, int maxLength) {
    this(features, List.of(), Outcomes.NONE, itemDim(features), maxHistory, maxLength);
  }

  /** 0 without items, which whoever needs them refuses. */
  private static int itemDim(List<Feature> features) {
    return features.stream()
        .filter(feature -> feature.name().equals(ITEM))
        .mapToInt(Feature::dim)
        .findFirst()
        .orElse(0);
  }

  /**
   * A feature by name.
   *
   * @throws GenRecException {@code [GR/UnknownFeature]}
   */
  public Feature feature(String name) {
    return find(features, Feature::name, "categorical", name);
  }

  /**
   * A numeric feature by name.
   *
   * @throws GenRecException {@code [GR/UnknownFeature]}
   */
  public Numeric number(String name) {
    return find(numbers, Numeric::name, "numeric", name);
  }

  /** The slower-changing series: each of their entries is a token of its own. */
  public List<Feature> series() {
    return features.stream().filter(feature -> feature.owner() == Owner.SERIES).toList();
  }

  /** Whether an event is an entry of a slower-changing series, and so has no item. */
  public boolean isEntry(History history, int event) {
    return features.stream()
        .filter(feature -> feature.owner() == Owner.SERIES)
        .anyMatch(series -> history.category(series.name(), event) != 0);
  }

  /** The features whose rows stand for raw values, and not for the buckets of a number. */
  public List<Feature> vocabularies() {
    List<String> buckets = numbers.stream().map(Numeric::name).toList();
    return features.stream().filter(feature -> !buckets.contains(feature.name())).toList();
  }

  private static <T> T find(List<T> all, Function<T, String> naming, String kind, String name) {
    List<String> known = all.stream().map(naming).toList();
    return all.stream()
        .filter(one -> naming.apply(one).equals(name))
        .findFirst()
        .orElseThrow(
            () ->
                new GenRecException(
                    "UnknownFeature",
                    "the data set has no "
                        + kind
                        + " feature \""
                        + name
                        + "\"; "
                        + GenRecException.knownNames(name, known)));
  }
}
