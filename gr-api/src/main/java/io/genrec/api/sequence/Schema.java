package io.genrec.api.sequence;

import io.genrec.api.GenRecException;
import java.util.List;
import org.apiguardian.api.API;

/**
 * What tokens look like to an encoder.
 *
 * @param features the features that tokens may carry; the main one is called {@code item}
 * @param maxHistory the most events that a history shows to the model (M of the paper's code)
 * @param maxLength the most tokens of a sequence, with room for outputs and targets (N): the
 *     constant of the maths, which never comes from a batch
 */
@API(status = API.Status.STABLE, since = "0.1")
public record Schema(List<Feature> features, int maxHistory, int maxLength) {
  /** The name of the main feature. */
  public static final String ITEM = "item";

  /**
   * A categorical feature with an embedding table.
   *
   * @param name for example {@code item}
   * @param values the number of known values; the table has one more row, row 0, for "none"
   * @param dim the width of an embedding
   */
  public record Feature(String name, int values, int dim) {}

  /** Copies the list. */
  public Schema {
    features = List.copyOf(features);
  }

  /**
   * A feature by name.
   *
   * @throws GenRecException {@code [GR/UnknownFeature]}
   */
  public Feature feature(String name) {
    List<String> known = features.stream().map(Feature::name).toList();
    return features.stream()
        .filter(feature -> feature.name().equals(name))
        .findFirst()
        .orElseThrow(
            () ->
                new GenRecException(
                    "UnknownFeature",
                    "the data set has no categorical feature \""
                        + name
                        + "\"; "
                        + GenRecException.knownNames(name, known)));
  }

  /** The width of an item's embedding. */
  public int dim() {
    return feature(ITEM).dim();
  }
}
