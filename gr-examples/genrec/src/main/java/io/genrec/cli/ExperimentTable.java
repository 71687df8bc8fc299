package io.genrec.cli;

import io.genrec.data.Split;
import io.genrec.engine.evaluation.RequestTime;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * An experiment's lines: each row under each of its protocols, finished or not, STRICT first.
 *
 * @param experiment the rows
 * @param lines what is known of them
 * @param impressions the differences of those that rank impressions
 */
record ExperimentTable(
    ExperimentFile experiment,
    List<ExperimentLine> lines,
    List<ImpressionComparisons.Difference> impressions) {
  /** The metrics that tables show. */
  static final List<String> METRICS =
      List.of("HR@10", "HR@50", "HR@200", "NDCG@10", "NDCG@200", "MRR");

  /** Reads all results and compares them. */
  static ExperimentTable of(ExperimentResults results) {
    ExperimentFile experiment = results.experiment();
    List<ExperimentLine> lines = new ArrayList<>();
    for (Split.Protocol protocol : Split.Protocol.values()) {
      List<ExperimentLine> own =
          experiment.rows().stream()
              .filter(row -> row.protocols().contains(protocol))
              .map(row -> ExperimentLine.of(results, row, protocol))
              .toList();
      if (protocol == Split.Protocol.IMPRESSIONS) {
        lines.addAll(own);
        continue;
      }
      Optional<ExperimentLine> baseline =
          own.stream().filter(line -> isBaseline(experiment, line)).findFirst();
      own.stream()
          .map(line -> baseline.filter(other -> other != line).map(line::comparedWith).orElse(line))
          .forEach(lines::add);
    }
    return new ExperimentTable(experiment, List.copyOf(lines), ImpressionComparisons.of(results));
  }

  private static boolean isBaseline(ExperimentFile experiment, ExperimentLine line) {
    return line.row().name().equals(experiment.compareWith());
  }

  /** Whether a line is the one that others are compared with. */
  boolean isBaseline(ExperimentLine line) {
    return isBaseline(experiment, line);
  }

  /** All finished cells. */
  List<CellResult> finished() {
    return lines.stream().flatMap(line -> line.finished().values().stream()).toList();
  }

  /** The machine whose times count. */
  Optional<Machine> clock() {
    return Machine.ofMost(finished());
  }

  /** A line with those cells alone whose times count. */
  ExperimentLine timed(ExperimentLine line) {
    return line.on(clock());
  }

  /** For programs: a map for each line. */
  List<Map<String, Object>> json() {
    return lines.stream().map(this::json).toList();
  }

  private Map<String, Object> json(ExperimentLine line) {
    Map<String, Object> json = new LinkedHashMap<>();
    json.put("row", line.row().name());
    json.put("protocol", line.protocol());
    json.put("seeds", List.copyOf(line.finished().keySet()));
    json.put("missing", line.missing());
    line.spread(CellResult::chosenEpoch).ifPresent(epochs -> json.put("epochs", epochs));
    timed(line)
        .spread(CellResult::secondsPerEpoch)
        .ifPresent(time -> json.put("secondsPerEpoch", time));
    line.peakMemory().ifPresent(bytes -> json.put("peakMemoryBytes", bytes));
    line.parameters().ifPresent(count -> json.put("parameters", count));
    if (line.protocol() == Split.Protocol.IMPRESSIONS) {
      json.put(
          "results",
          line.finished().values().stream()
              .map(cell -> Map.of("seed", cell.seed(), "rows", cell.results()))
              .toList());
      json.put(
          "differences",
          impressions.stream().filter(d -> d.row().equals(line.row().name())).toList());
      return json;
    }
    List<Map<String, Object>> results = new ArrayList<>();
    for (RequestTime time : RequestTime.values()) {
      String word = Measurement.word(time);
      Map<String, Object> result = new LinkedHashMap<>();
      result.put("requestTime", word);
      result.put("removed", line.removed());
      for (String metric : METRICS) {
        line.spread(cell -> line.metrics(cell, word), metric)
            .ifPresent(spread -> result.put(metric, spread));
      }
      results.add(result);
    }
    json.put("results", results);
    json.put("differences", line.comparisons());
    return json;
  }
}
