package io.genrec.api.sequence;

import io.genrec.api.config.Default;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.apiguardian.api.API;

/**
 * What a data set offers to models, with everything about it that was fitted on training events: a
 * {@link Schema} is a choice of it.
 *
 * @param categories categorical fields
 * @param numbers numeric fields
 * @param actions names of what a user may do at an event, in the order of their bits
 */
@API(status = API.Status.STABLE, since = "0.1")
public record Fields(
    List<Category> categories,
    @Default("[]") List<Numeric> numbers,
    @Default("[]") List<String> actions) {
  /**
   * A categorical field.
   *
   * @param name for example {@code item}
   * @param values the number of known values
   * @param owner what a value belongs to
   */
  public record Category(String name, int values, Schema.Owner owner) {}

  /**
   * A numeric field.
   *
   * @param name for example {@code video_duration}
   * @param owner what a value belongs to
   * @param mean over training events
   * @param deviation the standard deviation over training events; 1 if it is 0
   * @param quantiles values that part the training events into parts of equal size, ascending
   */
  public record Numeric(
      String name, Schema.Owner owner, double mean, double deviation, List<Double> quantiles) {
    /** Copies the list. */
    public Numeric {
      quantiles = List.copyOf(quantiles);
    }
  }

  /** Copies the lists. */
  public Fields {
    categories = List.copyOf(categories);
    numbers = List.copyOf(numbers);
    actions = List.copyOf(actions);
  }

  /**
   * Fields of events alone.
   *
   * @param values the number of values of each categorical field
   */
  public static Fields of(Map<String, Integer> values) {
    return new Fields(
        values.entrySet().stream()
            .map(
                entry ->
                    new Category(
                        entry.getKey(),
                        entry.getValue(),
                        entry.getKey().equals(Schema.ITEM)
                            ? Schema.Owner.ITEM
                            : Schema.Owner.EVENT))
            .toList(),
        List.of(),
        List.of());
  }

  /** The number of values of each categorical field. */
  public Map<String, Integer> values() {
    Map<String, Integer> values = new LinkedHashMap<>();
    categories.forEach(category -> values.put(category.name(), category.values()));
    return values;
  }
}
