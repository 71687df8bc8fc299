package io.genrec.engine.storage;

import io.genrec.api.sequence.Schema;
import org.apiguardian.api.API;

/**
 * The layout of a model bundle, a directory of
 *
 * <ul>
 *   <li>{@code model.json}: the {@link ModelCard}
 *   <li>{@code weights.safetensors}: every parameter by name
 *   <li>{@code vocabulary.arrow}: raw ids of items and their rows; {@code vocabulary-x.arrow} for
 *       another feature x
 *   <li>{@code graphs/*.onnx}: the exported graphs
 *   <li>{@code checksums.json}: the {@link Manifest}, written last
 * </ul>
 */
@API(status = API.Status.STABLE, since = "0.1")
public final class BundleFiles {
  /** The parameters. */
  public static final String WEIGHTS = "weights.safetensors";

  /** Raw ids and their rows. */
  public static final String VOCABULARY = "vocabulary.arrow";

  private BundleFiles() {}

  /**
   * The file of a feature's vocabulary: {@link #VOCABULARY} for items, else for example {@code
   * vocabulary-rating.arrow}.
   */
  public static String vocabulary(String feature) {
    return feature.equals(Schema.ITEM) ? VOCABULARY : "vocabulary-" + feature + ".arrow";
  }

  /**
   * The file of an exported graph.
   *
   * @param name the graph's name, for example {@code score}
   */
  public static String graph(String name) {
    return "graphs/" + name + ".onnx";
  }
}
