package io.genrec.cli;

import io.genrec.cli.ExperimentFile.Row;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.ToDoubleFunction;
import org.knowm.xchart.XYChart;
import org.knowm.xchart.style.markers.SeriesMarkers;

/**
 * What it takes each row of an experiment to be as good as each other one at its best: the matrix
 * products and the seconds of training, without evaluation, at the end of the first epoch whose
 * validation entropy is not above that best one.
 */
final class EqualEntropy {
  private static final String NEVER = "not reached";

  private final Map<Row, List<CellResult>> finished = new LinkedHashMap<>();
  private final Optional<Machine> clock;

  /** What had been spent when an epoch ended, and how good the model was. */
  private record Point(double flops, double seconds, double entropy) {}

  /** Reads the finished cells. */
  EqualEntropy(ExperimentResults results) {
    for (Row row : results.experiment().rows()) {
      List<CellResult> cells = new ArrayList<>();
      row.protocols()
          .forEach(
              protocol ->
                  row.cells(protocol).forEach(cell -> results.result(cell).ifPresent(cells::add)));
      finished.put(row, cells);
    }
    clock = Machine.ofMost(finished.values().stream().flatMap(List::stream).toList());
  }

  /** Seconds are NaN where another machine's do not count. */
  private List<Point> curve(CellResult cell) {
    List<Point> curve = new ArrayList<>();
    double seconds = cell.isOf(clock) ? 0 : Double.NaN;
    double flops = 0;
    for (Map<String, Double> epoch : cell.history()) {
      seconds += epoch.getOrDefault("seconds", 0.0);
      flops += cell.epochFlops() == null ? Double.NaN : cell.epochFlops();
      double entropy = CellResult.validationEntropy(epoch);
      if (!Double.isNaN(entropy)) {
        curve.add(new Point(flops, seconds, entropy));
      }
    }
    return curve;
  }

  /** The mean over seeds of the smallest entropy; NaN if no seed is finished. */
  private double best(List<CellResult> cells) {
    return cells.stream()
        .mapToDouble(
            cell -> curve(cell).stream().mapToDouble(Point::entropy).min().orElse(Double.NaN))
        .average()
        .orElse(Double.NaN);
  }

  private Optional<Point> reached(CellResult cell, double wanted) {
    return curve(cell).stream().filter(point -> point.entropy() <= wanted).findFirst();
  }

  /** As Markdown, for the end of the experiment's table. */
  List<String> markdown() {
    List<String> text = new ArrayList<>(List.of("", "## To equal entropy", ""));
    text.add(
        "Best validation entropy (mean of the labels' normalised entropies) of each row, the mean"
            + " over its seeds; and TFLOPs / seconds that training had taken when it first was not"
            + " above the best one of another row. Looked at after each epoch, so costs are whole"
            + " epochs; means over the seeds that reach it, whose number is said if not all do.");
    text.add("");
    List<String> headers = new ArrayList<>(List.of("row", "seeds", "best NE"));
    finished.keySet().forEach(row -> headers.add("to the best of " + row.name()));
    TextTable table = new TextTable(headers);
    finished.forEach(
        (row, cells) -> {
          List<String> line = new ArrayList<>();
          line.add(row.name());
          line.add(String.valueOf(cells.size()));
          line.add(cells.isEmpty() ? ExperimentReport.UNKNOWN : Text.metric(best(cells)));
          finished.values().forEach(others -> line.add(costs(cells, best(others))));
          table.add(line);
        });
    text.addAll(table.markdown());
    return text;
  }

  private String costs(List<CellResult> cells, double wanted) {
    if (cells.isEmpty() || Double.isNaN(wanted)) {
      return ExperimentReport.UNKNOWN;
    }
    List<Point> reached = cells.stream().flatMap(cell -> reached(cell, wanted).stream()).toList();
    if (reached.isEmpty()) {
      return NEVER;
    }
    return mean(reached, point -> point.flops() * 1e-12)
        + " / "
        + mean(reached, Point::seconds)
        + (reached.size() == cells.size()
            ? ""
            : " (" + reached.size() + " of " + cells.size() + ")");
  }

  /** Over the points that have the cost. */
  private static String mean(List<Point> points, ToDoubleFunction<Point> cost) {
    double mean =
        points.stream()
            .mapToDouble(cost)
            .filter(value -> !Double.isNaN(value))
            .average()
            .orElse(Double.NaN);
    return Double.isNaN(mean) ? ExperimentReport.UNKNOWN : String.format(Locale.ROOT, "%.3g", mean);
  }

  /** Draws the entropy of each row's first finished seed by matrix products; nothing if none is. */
  void draw(Path file, String title) {
    XYChart chart = Charts.empty(title, "TFLOPs of training", "validation entropy");
    chart.getStyler().setXAxisLogarithmic(true).setYAxisDecimalPattern("0.000");
    AtomicBoolean any = new AtomicBoolean();
    finished.forEach(
        (row, cells) -> {
          List<Point> curve = cells.isEmpty() ? List.of() : curve(cells.get(0));
          if (curve.stream().anyMatch(point -> point.flops() > 0)) {
            any.set(true);
            chart
                .addSeries(
                    row.name(),
                    curve.stream().mapToDouble(point -> point.flops() * 1e-12).toArray(),
                    curve.stream().mapToDouble(Point::entropy).toArray())
                .setMarker(SeriesMarkers.CIRCLE);
          }
        });
    if (any.get()) {
      Charts.write(file, chart);
    }
  }
}
