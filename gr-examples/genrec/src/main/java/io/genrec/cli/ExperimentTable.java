package io.genrec.cli;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Function;
import java.util.function.ToDoubleFunction;

/** The finished cells of an experiment: one line for each row and protocol, over its seeds. */
final class ExperimentTable {
  private static final List<String> METRICS =
      List.of("HR@10", "NDCG@10", "HR@50", "NDCG@50", "HR@200", "NDCG@200", "MRR");
  private static final String TARGET = "target's";
  private static final String LAST = "last event's";
  private static final String ALL = "all earlier";

  private final Map<String, List<CellResult>> lines = new LinkedHashMap<>();

  ExperimentTable(List<CellResult> finished) {
    finished.forEach(
        cell ->
            lines
                .computeIfAbsent(cell.row() + " " + cell.protocol(), line -> new ArrayList<>())
                .add(cell));
  }

  /** The results that count. */
  TextTable headline() {
    List<String> headers = new ArrayList<>(List.of("row", "protocol", "seeds", "epochs"));
    headers.addAll(METRICS);
    headers.addAll(List.of("s/epoch", "memory"));
    TextTable table = new TextTable(headers);
    for (List<CellResult> line : lines.values()) {
      List<String> cells = start(line);
      cells.add(
          spread(
              line, CellResult::chosenEpoch, value -> String.format(Locale.ROOT, "%.0f", value)));
      METRICS.forEach(
          metric -> cells.add(spread(line, cell -> headline(cell, metric), Text::metric)));
      cells.add(String.format(Locale.ROOT, "%.1f", mean(line, CellResult::secondsPerEpoch)));
      cells.add(
          line.stream()
              .map(CellResult::peakMemoryBytes)
              .filter(bytes -> bytes != null)
              .max(Long::compare)
              .map(Text::bytes)
              .orElse(""));
      table.add(cells);
    }
    return table;
  }

  /** HR@10 and NDCG@10 under other request times, filters and users. */
  TextTable variants() {
    TextTable table =
        new TextTable(
            List.of(
                "row",
                "protocol",
                "seeds",
                "all earlier removed",
                "... and in no tie",
                "last event's time",
                "... and in no tie",
                "best on test",
                Measurement.BASELINE));
    for (List<CellResult> line : lines.values()) {
      List<String> cells = start(line);
      cells.add(pair(line, cell -> result(cell, TARGET, false)));
      cells.add(pair(line, cell -> result(cell, TARGET, true)));
      cells.add(pair(line, cell -> result(cell, LAST, false)));
      cells.add(pair(line, cell -> result(cell, LAST, true)));
      cells.add(pair(line, cell -> cell.bestOnTest() == null ? Map.of() : cell.bestOnTest()));
      cells.add(pair(line, ExperimentTable::baseline));
      table.add(cells);
    }
    return table;
  }

  private static List<String> start(List<CellResult> line) {
    CellResult first = line.get(0);
    return new ArrayList<>(List.of(first.row(), first.protocol(), String.valueOf(line.size())));
  }

  private static double headline(CellResult cell, String metric) {
    return cell.results().get(0).metrics().getOrDefault(metric, Double.NaN);
  }

  private static Map<String, Double> result(CellResult cell, String time, boolean withoutTies) {
    return cell.result(time, ALL, withoutTies).map(Measurement.Row::metrics).orElse(Map.of());
  }

  private static Map<String, Double> baseline(CellResult cell) {
    return cell.results().stream()
        .filter(row -> row.who().equals(Measurement.BASELINE) && !row.withoutTies())
        .findFirst()
        .map(Measurement.Row::metrics)
        .orElse(Map.of());
  }

  private static String pair(
      List<CellResult> line, Function<CellResult, Map<String, Double>> metrics) {
    if (line.stream().anyMatch(cell -> metrics.apply(cell).isEmpty())) {
      return "";
    }
    return Text.metric(mean(line, cell -> metrics.apply(cell).getOrDefault("HR@10", Double.NaN)))
        + " / "
        + Text.metric(mean(line, cell -> metrics.apply(cell).getOrDefault("NDCG@10", Double.NaN)));
  }

  /** Mean and, for two or more, the sample's standard deviation. */
  private static String spread(
      List<CellResult> line, ToDoubleFunction<CellResult> value, Function<Double, String> text) {
    double mean = mean(line, value);
    if (line.size() < 2) {
      return text.apply(mean);
    }
    double squares = 0;
    for (CellResult cell : line) {
      double difference = value.applyAsDouble(cell) - mean;
      squares += difference * difference;
    }
    return text.apply(mean) + " ± " + text.apply(Math.sqrt(squares / (line.size() - 1)));
  }

  private static double mean(List<CellResult> line, ToDoubleFunction<CellResult> value) {
    return line.stream().mapToDouble(value).sum() / line.size();
  }
}
