package io.genrec.cli;

import io.genrec.cli.ExperimentFile.Cell;
import io.genrec.data.Split;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.function.ToDoubleFunction;

/**
 * A row of an experiment under one protocol: a line of its tables.
 *
 * @param row the row
 * @param protocol the protocol
 * @param missing the seeds whose cells are not finished
 * @param finished the results of the others, by seed
 * @param ranks their ranks, where those were kept
 * @param trials what is known of its tuning
 * @param comparisons the differences to the row that others are compared with
 */
record ExperimentLine(
    ExperimentFile.Row row,
    Split.Protocol protocol,
    List<Long> missing,
    SortedMap<Long, CellResult> finished,
    SortedMap<Long, Ranks> ranks,
    Trials trials,
    List<Comparison> comparisons) {

  /** Reads what is known. */
  static ExperimentLine of(
      ExperimentResults results, ExperimentFile.Row row, Split.Protocol protocol) {
    List<Long> missing = new ArrayList<>();
    SortedMap<Long, CellResult> finished = new TreeMap<>();
    SortedMap<Long, Ranks> ranks = new TreeMap<>();
    for (Cell cell : row.cells(protocol)) {
      results
          .result(cell)
          .ifPresentOrElse(
              result -> {
                finished.put(cell.seed(), result);
                results.ranks(cell, result).ifPresent(found -> ranks.put(cell.seed(), found));
              },
              () -> missing.add(cell.seed()));
    }
    return new ExperimentLine(
        row, protocol, missing, finished, ranks, Trials.of(results, row), List.of());
  }

  /** The same, compared with another line. */
  ExperimentLine comparedWith(ExperimentLine baseline) {
    return new ExperimentLine(
        row, protocol, missing, finished, ranks, trials, Comparison.all(this, baseline));
  }

  /** The same with those cells alone that were measured on a machine. */
  ExperimentLine on(Optional<Machine> machine) {
    SortedMap<Long, CellResult> own = new TreeMap<>(finished);
    own.values().removeIf(cell -> !cell.measuredOn(machine));
    return new ExperimentLine(row, protocol, missing, own, ranks, trials, comparisons);
  }

  /** A value over all finished cells; empty if there are none. */
  Optional<Spread> spread(ToDoubleFunction<CellResult> value) {
    return finished.isEmpty()
        ? Optional.empty()
        : Optional.of(Spread.of(finished.values().stream().mapToDouble(value).toArray()));
  }

  /** A metric over all finished cells; empty if there are none, or if one does not have it. */
  Optional<Spread> spread(Function<CellResult, Map<String, Double>> metrics, String metric) {
    return spread(cell -> metrics.apply(cell).getOrDefault(metric, Double.NaN))
        .filter(spread -> !Double.isNaN(spread.mean()));
  }

  /** How many values the row's models learn, if a cell tells. */
  Optional<ParameterCount> parameters() {
    return finished.values().stream()
        .flatMap(cell -> Optional.ofNullable(cell.parameters()).stream())
        .findFirst();
  }

  /** The most memory that a cell took, if one tells. */
  Optional<Long> peakMemory() {
    return finished.values().stream()
        .flatMap(cell -> Optional.ofNullable(cell.peakMemoryBytes()).stream())
        .max(Long::compare);
  }

  /** The metrics of a cell that count: all users, under this protocol's own filter. */
  Map<String, Double> metrics(CellResult cell, String requestTime) {
    return metrics(cell, requestTime, removed(), false);
  }

  /** Some metrics of a cell; none if it does not have them. */
  static Map<String, Double> metrics(
      CellResult cell, String requestTime, String removed, boolean withoutTies) {
    return cell.result(requestTime, removed, withoutTies)
        .map(Measurement.Row::metrics)
        .orElse(Map.of());
  }

  /** What is removed in the results that count. */
  String removed() {
    return Measurement.word(Measurement.counted(protocol));
  }
}
