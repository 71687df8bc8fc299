package io.genrec.cli;

import io.genrec.api.GenRecException;
import io.genrec.api.config.StrictConfig;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * What came of one cell of an experiment: the content of its file.
 *
 * @param cell its name
 * @param row the row of the table
 * @param protocol the split
 * @param seed where randomness came from
 * @param shuffleTies the seed of a random order of events of equal time; absent: the data's order
 * @param data the data set's name
 * @param contentHash the hash of the data
 * @param splitHash the hash of data and split
 * @param catalogue how many items were ranked
 * @param epochs passes done
 * @param chosenEpoch the pass that counts
 * @param secondsPerEpoch the median, without evaluation
 * @param cpuSeconds the processor's time for everything; absent in early files
 * @param epochFlops what the matrix products of a pass multiply and add; absent where it was not
 *     counted
 * @param peakMemoryBytes the most memory that the process held, if the system told
 * @param parameters how many values were learned; absent in early files
 * @param machine where; absent in early files
 * @param results all results on the test targets
 * @param bestOnTest the best pass by the watched test targets: to look at, never to compare
 * @param history all passes
 * @param configuration the whole configuration
 * @param genrec the version
 * @param java the Java runtime
 */
record CellResult(
    String cell,
    String row,
    String protocol,
    long seed,
    @Nullable Long shuffleTies,
    String data,
    String contentHash,
    String splitHash,
    int catalogue,
    int epochs,
    int chosenEpoch,
    double secondsPerEpoch,
    @Nullable Double cpuSeconds,
    @Nullable Double epochFlops,
    @Nullable Long peakMemoryBytes,
    @Nullable ParameterCount parameters,
    @Nullable Machine machine,
    List<Measurement.Row> results,
    @Nullable Map<String, Double> bestOnTest,
    List<Map<String, Double>> history,
    StrictConfig configuration,
    String genrec,
    String java) {

  /** A finished cell's result; empty if the cell is not finished. */
  static Optional<CellResult> read(Path file) {
    if (!Files.exists(file)) {
      return Optional.empty();
    }
    try {
      return Optional.of(StrictConfig.read(file).as(CellResult.class));
    } catch (GenRecException e) {
      throw new GenRecException(
          "CorruptResult", e.getMessage() + "; delete " + file + " to run the cell again", e);
    }
  }

  /** Whether it was measured on a machine; of an empty one, whether it does not tell. */
  boolean measuredOn(Optional<Machine> where) {
    return where.equals(Optional.ofNullable(machine));
  }

  /** The share of tokens that Stochastic Length left out of training. */
  double sparsity() {
    return history.stream()
        .mapToDouble(epoch -> epoch.getOrDefault("sparsity", 0.0))
        .average()
        .orElse(0);
  }

  /**
   * What chooses among trials: the mean of the validation impressions' normalised entropies at the
   * chosen epoch; NaN, which is never chosen, if training diverged.
   */
  double validationEntropy() {
    return history.stream()
        .filter(epoch -> epoch.getOrDefault("epoch", 0.0) == chosenEpoch)
        .mapToDouble(CellResult::validationEntropy)
        .findFirst()
        .orElse(Double.NaN);
  }

  /** The same of any epoch. */
  static double validationEntropy(Map<String, Double> epoch) {
    return epoch.entrySet().stream()
        .filter(entry -> entry.getKey().startsWith("validation NE/"))
        .mapToDouble(Map.Entry::getValue)
        .average()
        .orElse(Double.NaN);
  }

  /**
   * The metrics of the baseline that comes with every cell, for all users; empty if it is absent.
   */
  Map<String, Double> baseline() {
    return results.stream()
        .filter(row -> row.who().equals(Measurement.BASELINE) && !row.withoutTies())
        .findFirst()
        .map(Measurement.Row::metrics)
        .orElse(Map.of());
  }

  /** The model's result with certain options. */
  Optional<Measurement.Row> result(String requestTime, String removed, boolean withoutTies) {
    return results.stream()
        .filter(row -> !row.who().equals(Measurement.BASELINE))
        .filter(row -> row.requestTime().equals(requestTime))
        .filter(row -> row.removed().equals(removed) && row.withoutTies() == withoutTies)
        .findFirst();
  }
}
