package io.genrec.cli;

import io.genrec.data.baseline.SmoothedRates;
import io.genrec.engine.evaluation.ImpressionBootstrap.Metric;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeSet;
import java.util.function.DoubleFunction;
import java.util.function.Function;

/**
 * The tables of rows that rank impressions: what training took, what was tuned, the metrics for
 * both kinds of history, and the differences to the row that others are compared with.
 */
final class ImpressionReport {
  private static final double GIGA = 1e9;
  private static final List<String> HISTORIES =
      List.of(ImpressionMeasurement.EARLIER, ImpressionMeasurement.FROZEN);

  private final ExperimentTable table;
  private final List<ExperimentLine> lines;

  /**
   * @param lines the table's lines that rank impressions
   */
  ImpressionReport(ExperimentTable table, List<ExperimentLine> lines) {
    this.table = table;
    this.lines = lines;
  }

  /** The tables by title. */
  Map<String, TextTable> sections() {
    Map<String, TextTable> sections = new LinkedHashMap<>();
    sections.put("what training took", training());
    if (lines.stream().anyMatch(line -> !line.row().tune().isEmpty())) {
      sections.put("what was chosen on the validation day", tuning());
    }
    for (String history : HISTORIES) {
      sections.put("history: " + history, metrics(history));
    }
    for (String history : HISTORIES) {
      List<ImpressionComparisons.Difference> found =
          table.impressions().stream().filter(d -> d.history().equals(history)).toList();
      if (!found.isEmpty()) {
        sections.put(
            "difference to " + table.experiment().compareWith() + ", history: " + history,
            differences(found));
      }
    }
    return sections;
  }

  /** What the numbers mean. */
  static List<String> notes() {
    return List.of(
        "Events of the test period are questions; AUC and GAUC are better larger, NE (normalised"
            + " entropy) smaller. A history has all events of earlier moments, test days included,"
            + " or ends where the test period begins; models do not change in that period. "
            + SmoothedRates.NAME
            + " is the floor: the sum of smoothed log odds of user, item and context, fitted before"
            + " the test period.",
        "GFLOP an epoch: 2 for each multiplication and addition of the training graph's matrix"
            + " products, forward and backward, each example at its own length, heads for tokens with"
            + " an outcome; without padding, operations on single entries, look-ups and the"
            + " optimizer.",
        "Where trials are halved, all train a little, and the best again as long as a run does: the"
            + " chosen one's NE is then that of the second round.",
        String.format(
            Locale.ROOT,
            "Differences: the row less the other one, [95 %% interval] by a paired bootstrap over"
                + " users with all their impressions (%,d resamples, seed %d), metrics computed"
                + " anew from each resample, means over the seeds named there. So an interval is"
                + " about these runs, not about how far further seeds would scatter. Predictions"
                + " are kept to 1/64 of a logit.",
            ImpressionComparisons.BOOTSTRAP.resamples(),
            ImpressionComparisons.BOOTSTRAP.seed()));
  }

  private TextTable training() {
    TextTable rows =
        ExperimentReport.rows(
            List.of(
                "chosen epoch",
                "epochs",
                "dense parameters",
                "embedding parameters",
                "GFLOP/epoch",
                "s/epoch",
                "CPU s/cell",
                "memory"));
    for (ExperimentLine line : lines) {
      Optional<ParameterCount> parameters = line.parameters();
      ExperimentLine timed = table.timed(line);
      rows.add(
          ExperimentReport.cells(
              line,
              List.of(
                  text(line.spread(CellResult::chosenEpoch), "%.1f"),
                  text(line.spread(CellResult::epochs), "%.1f"),
                  parameters.map(count -> number("%,.0f").apply(count.dense())),
                  parameters.map(count -> number("%,.0f").apply(count.embedding())),
                  known(line, cell -> cell.epochFlops()).map(x -> number("%,.0f").apply(x / GIGA)),
                  text(timed.spread(CellResult::secondsPerEpoch), "%.1f"),
                  known(timed, cell -> cell.cpuSeconds()).map(number("%.0f")::apply),
                  line.peakMemory().map(Text::bytes))));
    }
    return rows;
  }

  /** The mean over cells that know a value. */
  private static Optional<Double> known(ExperimentLine line, Function<CellResult, Double> value) {
    double[] values =
        line.finished().values().stream()
            .flatMap(cell -> Optional.ofNullable(value.apply(cell)).stream())
            .mapToDouble(Double::doubleValue)
            .toArray();
    return values.length == 0 ? Optional.empty() : Optional.of(Spread.of(values).mean());
  }

  private TextTable tuning() {
    ExperimentFile experiment = table.experiment();
    TextTable rows =
        new TextTable(
            List.of(
                "row",
                "trials",
                "chosen",
                "its validation NE",
                "worst trial",
                "median trial",
                "point"));
    for (ExperimentLine line : lines) {
      List<Trials.Tried> first = line.trials().first();
      Tuning tuning = experiment.tuning();
      Optional<Trials.Tried> best = line.trials().best();
      if (best.isEmpty() || tuning == null) {
        continue;
      }
      int finalists = experiment.finalists(line.row()).size();
      rows.add(
          List.of(
              line.row().name(),
              done(first.size(), experiment.trials(line.row()).size())
                  + (finalists == 0
                      ? ""
                      : ", then " + done(line.trials().finalists().size(), finalists)),
              String.valueOf(best.get().trial()),
              entropy(best.get()),
              entropy(first.get(first.size() - 1)),
              entropy(first.get(first.size() / 2)),
              tuning.text(best.get().trial())));
    }
    return rows;
  }

  private static String done(int finished, int all) {
    return finished + " of " + all;
  }

  private static String entropy(Trials.Tried trial) {
    return Double.isNaN(trial.entropy()) ? "diverged" : Text.metric(trial.entropy());
  }

  private List<String> labels() {
    TreeSet<String> labels = new TreeSet<>();
    lines.stream()
        .flatMap(line -> line.finished().values().stream())
        .flatMap(cell -> cell.results().stream())
        .flatMap(row -> row.metrics().keySet().stream())
        .filter(metric -> metric.startsWith("auc/"))
        .forEach(metric -> labels.add(metric.substring("auc/".length())));
    return List.copyOf(labels);
  }

  private List<String> metricNames() {
    List<String> names = new ArrayList<>();
    for (String label : labels()) {
      for (Metric metric : Metric.values()) {
        names.add(ImpressionComparisons.name(metric, label));
      }
    }
    return names;
  }

  private static String header(String metric) {
    String[] parts = metric.split("/", 2);
    return parts[1] + " " + parts[0].toUpperCase(Locale.ROOT);
  }

  private TextTable metrics(String history) {
    List<String> names = metricNames();
    TextTable rows = ExperimentReport.rows(names.stream().map(ImpressionReport::header).toList());
    for (ExperimentLine line : lines) {
      List<Optional<String>> cells = new ArrayList<>();
      for (String name : names) {
        cells.add(
            line.spread(cell -> ExperimentLine.metrics(cell, history, "", false), name)
                .map(spread -> spread.text(Text::metric)));
      }
      rows.add(ExperimentReport.cells(line, cells));
    }
    lines.stream()
        .flatMap(line -> line.finished().values().stream())
        .findFirst()
        .ifPresent(cell -> rows.add(floor(cell, history, names)));
    return rows;
  }

  private static List<String> floor(CellResult cell, String history, List<String> names) {
    Map<String, Double> metrics =
        cell.results().stream()
            .filter(row -> row.who().equals(SmoothedRates.NAME))
            .filter(row -> row.requestTime().equals(history))
            .findFirst()
            .map(Measurement.Row::metrics)
            .orElse(Map.of());
    List<String> cells = new ArrayList<>(List.of(SmoothedRates.NAME, ""));
    names.forEach(
        name ->
            cells.add(
                Optional.ofNullable(metrics.get(name))
                    .map(Text::metric)
                    .orElse(ExperimentReport.UNKNOWN)));
    return cells;
  }

  private TextTable differences(List<ImpressionComparisons.Difference> found) {
    List<String> names = metricNames();
    TextTable rows = ExperimentReport.rows(names.stream().map(ImpressionReport::header).toList());
    for (String row : found.stream().map(d -> d.row()).distinct().toList()) {
      List<ImpressionComparisons.Difference> own =
          found.stream().filter(d -> d.row().equals(row)).toList();
      List<String> cells = new ArrayList<>();
      cells.add(row);
      cells.add(ExperimentReport.seeds(own.get(0).seeds()));
      for (String name : names) {
        cells.add(
            own.stream()
                .filter(d -> d.metric().equals(name))
                .findFirst()
                .map(ImpressionComparisons.Difference::text)
                .orElse(ExperimentReport.UNKNOWN));
      }
      rows.add(cells);
    }
    return rows;
  }

  private static DoubleFunction<String> number(String format) {
    return value -> String.format(Locale.ROOT, format, value);
  }

  private static Optional<String> text(Optional<Spread> spread, String format) {
    return spread.map(found -> found.text(number(format)));
  }
}
