package io.genrec.engine.storage;

import io.genrec.api.GenRecException;
import io.genrec.api.config.StrictConfig;
import io.genrec.api.sequence.Fields;
import java.time.Instant;
import java.time.format.DateTimeParseException;
import java.util.Collections;
import java.util.Map;
import java.util.TreeMap;
import org.apiguardian.api.API;
import org.jspecify.annotations.Nullable;

/**
 * What a model bundle says of its model: {@code model.json}.
 *
 * @param formatVersion the bundle's layout, {@link #FORMAT_VERSION}
 * @param model the model's name
 * @param encoder which encoder computes it
 * @param task the task's name
 * @param loss the loss's name
 * @param configuration everything the model was built and trained from
 * @param values the number of values of each categorical feature, which the tables' sizes come from
 * @param data what it was trained on, if it was
 * @param libraries what wrote it
 * @param metrics measured values by name, for example {@code HR@10}; finite
 * @param created when, as an ISO-8601 instant such as {@code 2026-01-31T12:00:00Z}
 * @param seed the run's seed
 * @param fields what the data offered, if that is more than categorical features of events
 */
@API(status = API.Status.STABLE, since = "0.1")
public record ModelCard(
    int formatVersion,
    String model,
    EncoderReference encoder,
    String task,
    String loss,
    StrictConfig configuration,
    Map<String, Integer> values,
    @Nullable DataProvenance data,
    LibraryVersions libraries,
    Map<String, Double> metrics,
    String created,
    long seed,
    @Nullable Fields fields) {
  /** The bundle layout that this library writes and reads. */
  public static final int FORMAT_VERSION = 1;

  /** The card's file name in a bundle. */
  public static final String FILE = "model.json";

  /**
   * The encoder of a model.
   *
   * @param name its registered name
   * @param specVersion the version of its mathematics
   */
  public record EncoderReference(String name, int specVersion) {}

  /**
   * Where a model's data came from.
   *
   * @param name the data set's name
   * @param contentHash the hash of its files
   * @param splitHash the hash of its split
   * @param protocol how it was split and evaluated
   */
  public record DataProvenance(
      String name, String contentHash, String splitHash, String protocol) {}

  /**
   * The versions that wrote a bundle.
   *
   * @param genrec this library
   * @param onnxruntime the graphs' runtime
   * @param java the Java runtime
   */
  public record LibraryVersions(String genrec, String onnxruntime, String java) {}

  /**
   * Checks the version, the time and the metrics.
   *
   * @throws GenRecException {@code UnsupportedBundle} for another format version
   * @throws IllegalArgumentException for a time that is no instant or a metric that is not finite
   */
  public ModelCard {
    requireVersion(formatVersion);
    try {
      Instant.parse(created);
    } catch (DateTimeParseException e) {
      throw new IllegalArgumentException(
          "created must be an instant such as 2026-01-31T12:00:00Z, found \"" + created + "\"", e);
    }
    values = Collections.unmodifiableMap(new TreeMap<>(values));
    metrics = finite(metrics);
  }

  /** A copy with other metrics. */
  public ModelCard withMetrics(Map<String, Double> measured) {
    return new ModelCard(
        formatVersion,
        model,
        encoder,
        task,
        loss,
        configuration,
        values,
        data,
        libraries,
        measured,
        created,
        seed,
        fields);
  }

  /** A card of a model whose features are categorical features of events. */
  public ModelCard(
      int formatVersion,
      String model,
      EncoderReference encoder,
      String task,
      String loss,
      StrictConfig configuration,
      Map<String, Integer> values,
      @Nullable DataProvenance data,
      LibraryVersions libraries,
      Map<String, Double> metrics,
      String created,
      long seed) {
    this(
        formatVersion,
        model,
        encoder,
        task,
        loss,
        configuration,
        values,
        data,
        libraries,
        metrics,
        created,
        seed,
        null);
  }

  /** What the data offered. */
  public Fields offered() {
    return fields == null ? Fields.of(values) : fields;
  }

  static void requireVersion(int version) {
    if (version != FORMAT_VERSION) {
      throw new GenRecException(
          "UnsupportedBundle",
          "bundle format version "
              + version
              + "; this library reads version "
              + FORMAT_VERSION
              + ": use the library that wrote the bundle or export the model again");
    }
  }

  /** JSON has no infinite numbers: what could not be read back is refused before it is written. */
  static Map<String, Double> finite(Map<String, Double> metrics) {
    metrics.forEach(
        (name, value) -> {
          if (!Double.isFinite(value)) {
            throw new IllegalArgumentException(
                "metrics must be finite, found " + value + " for \"" + name + "\"; leave it out");
          }
        });
    return Collections.unmodifiableMap(new TreeMap<>(metrics));
  }
}
