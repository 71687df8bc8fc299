package io.genrec.cli;

import io.genrec.api.GenRecException;
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
 * What it takes each row of an experiment to be as good as the row that all are compared with: the
 * matrix products and the seconds of training, without evaluation, at the end of the first epoch
 * whose validation entropy is not above the reference row's best one.
 */
final class EqualEntropy {
  private static final String NEVER = "not reached";

  private final String reference;
  private final Map<Row, List<CellResult>> finished = new LinkedHashMap<>();

  /** What had been spent when an epoch ended, and how good the model was. */
  private record Point(double flops, double seconds, double entropy) {}

  /**
   * Reads the finished cells.
   *
   * @throws GenRecException {@code [GR/InvalidValue]} if the experiment compares with no row
   */
  EqualEntropy(ExperimentResults results) {
    String compared = results.experiment().compareWith();
    if (compared == null) {
      throw new GenRecException(
          "InvalidValue",
          "study "
              + results.experiment().name()
              + " has no \"compareWith\"; name the row whose entropy the others are to reach");
    }
    reference = compared;
    for (Row row : results.experiment().rows()) {
      List<CellResult> cells = new ArrayList<>();
      row.protocols()
          .forEach(
              protocol ->
                  row.cells(protocol).forEach(cell -> results.result(cell).ifPresent(cells::add)));
      finished.put(row, cells);
    }
  }

  private static List<Point> curve(CellResult cell) {
    List<Point> curve = new ArrayList<>();
    double seconds = 0;
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

  private static double best(CellResult cell) {
    return curve(cell).stream().mapToDouble(Point::entropy).min().orElse(Double.NaN);
  }

  /** The mean over seeds of the reference row's best; NaN if it is not finished. */
  private double wanted() {
    return finished.entrySet().stream()
        .filter(entry -> entry.getKey().name().equals(reference))
        .flatMap(entry -> entry.getValue().stream())
        .mapToDouble(EqualEntropy::best)
        .average()
        .orElse(Double.NaN);
  }

  private static Optional<Point> reached(CellResult cell, double wanted) {
    return curve(cell).stream().filter(point -> point.entropy() <= wanted).findFirst();
  }

  /** As Markdown, for the end of the experiment's table. */
  List<String> markdown() {
    double wanted = wanted();
    List<String> text = new ArrayList<>(List.of("", "## To equal entropy", ""));
    text.add(
        "Best validation entropy (mean of the labels' normalised entropies) of each row, and what"
            + " training had taken when it first was not above that of "
            + reference
            + (Double.isNaN(wanted) ? ", which is not finished." : ": " + Text.metric(wanted) + ".")
            + " Looked at after each epoch, so costs are whole epochs; means over the seeds that"
            + " reach it.");
    text.add("");
    TextTable table =
        new TextTable(
            List.of("row", "seeds", "best NE", "seeds that reach it", "TFLOPs", "seconds"));
    finished.forEach(
        (row, cells) -> {
          List<Point> reached =
              cells.stream().flatMap(cell -> reached(cell, wanted).stream()).toList();
          table.add(
              List.of(
                  row.name(),
                  String.valueOf(cells.size()),
                  cells.isEmpty() ? ExperimentReport.UNKNOWN : Text.metric(bestOf(cells)),
                  cells.isEmpty() ? ExperimentReport.UNKNOWN : String.valueOf(reached.size()),
                  mean(cells, reached, point -> point.flops() * 1e-12),
                  mean(cells, reached, Point::seconds)));
        });
    text.addAll(table.markdown());
    return text;
  }

  private static double bestOf(List<CellResult> cells) {
    return cells.stream().mapToDouble(EqualEntropy::best).average().orElse(Double.NaN);
  }

  private static String mean(
      List<CellResult> cells, List<Point> reached, ToDoubleFunction<Point> cost) {
    if (reached.isEmpty()) {
      return cells.isEmpty() ? ExperimentReport.UNKNOWN : NEVER;
    }
    double mean = reached.stream().mapToDouble(cost).average().orElse(Double.NaN);
    return Double.isNaN(mean) ? ExperimentReport.UNKNOWN : String.format(Locale.ROOT, "%.4g", mean);
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
