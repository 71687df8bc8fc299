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

  /** What the finished cells of each row had come to after each epoch. */
  private final Map<Row, List<List<Point>>> curves = new LinkedHashMap<>();

  /** What had been spent when an epoch ended, and how good the model was. */
  private record Point(double flops, double seconds, double entropy) {}

  /** Reads the finished cells. */
  EqualEntropy(ExperimentResults results) {
    Map<Row, List<CellResult>> finished = new LinkedHashMap<>();
    for (Row row : results.experiment().rows()) {
      List<CellResult> cells = new ArrayList<>();
      row.protocols()
          .forEach(
              protocol ->
                  row.cells(protocol).forEach(cell -> results.result(cell).ifPresent(cells::add)));
      finished.put(row, cells);
    }
    Optional<Machine> clock =
        Machine.ofMost(finished.values().stream().flatMap(List::stream).toList());
    finished.forEach(
        (row, cells) ->
            curves.put(
                row, cells.stream().map(cell -> curve(cell, cell.measuredOn(clock))).toList()));
  }

  /** Seconds are NaN where they do not count. */
  private static List<Point> curve(CellResult cell, boolean timed) {
    List<Point> curve = new ArrayList<>();
    double seconds = timed ? 0 : Double.NaN;
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
  private static double best(List<List<Point>> seeds) {
    return seeds.stream()
        .mapToDouble(curve -> curve.stream().mapToDouble(Point::entropy).min().orElse(Double.NaN))
        .average()
        .orElse(Double.NaN);
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
    curves.keySet().forEach(row -> headers.add("to the best of " + row.name()));
    List<Double> bests = curves.values().stream().map(EqualEntropy::best).toList();
    TextTable table = new TextTable(headers);
    curves.forEach(
        (row, seeds) -> {
          List<String> line = new ArrayList<>();
          line.add(row.name());
          line.add(String.valueOf(seeds.size()));
          line.add(seeds.isEmpty() ? ExperimentReport.UNKNOWN : Text.metric(best(seeds)));
          bests.forEach(wanted -> line.add(costs(seeds, wanted)));
          table.add(line);
        });
    text.addAll(table.markdown());
    return text;
  }

  private static String costs(List<List<Point>> seeds, double wanted) {
    if (seeds.isEmpty() || Double.isNaN(wanted)) {
      return ExperimentReport.UNKNOWN;
    }
    List<Point> reached =
        seeds.stream()
            .flatMap(curve -> curve.stream().filter(point -> point.entropy() <= wanted).limit(1))
            .toList();
    if (reached.isEmpty()) {
      return NEVER;
    }
    return mean(reached, point -> point.flops() * 1e-12)
        + " / "
        + mean(reached, Point::seconds)
        + (reached.size() == seeds.size()
            ? ""
            : " (" + reached.size() + " of " + seeds.size() + ")");
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
    curves.forEach(
        (row, seeds) -> {
          List<Point> curve = seeds.isEmpty() ? List.of() : seeds.get(0);
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
