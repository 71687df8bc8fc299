package io.genrec.cli;

import io.genrec.engine.run.DayByDay.DayReport;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.IntStream;
import org.knowm.xchart.XYChart;
import org.knowm.xchart.style.markers.SeriesMarkers;

/** A picture of normalised entropy day by day: each day's own, and that of all days so far. */
final class PrequentialChart {
  private static final String ENTROPY = "ne/";

  private PrequentialChart() {}

  /** The labels that have an entropy. */
  static List<String> labels(List<DayReport> days) {
    return days.stream()
        .flatMap(day -> day.metrics().keySet().stream())
        .filter(metric -> metric.startsWith(ENTROPY))
        .map(metric -> metric.substring(ENTROPY.length()))
        .distinct()
        .toList();
  }

  /** Draws it; nothing is drawn if no day has an entropy. */
  static void write(Path file, String title, List<DayReport> days) {
    List<String> labels = labels(days);
    if (labels.isEmpty()) {
      return;
    }
    XYChart chart = Charts.empty(title, "days after " + days.get(0).day(), "normalised entropy");
    chart.getStyler().setXAxisDecimalPattern("0").setYAxisDecimalPattern("0.00");
    for (String label : labels) {
      series(chart, label + ", each day", days, label, DayReport::metrics);
      series(chart, label + ", so far", days, label, DayReport::cumulated);
    }
    Charts.write(file, chart);
  }

  private static void series(
      XYChart chart,
      String name,
      List<DayReport> days,
      String label,
      Function<DayReport, Map<String, Double>> part) {
    int[] shown =
        IntStream.range(0, days.size())
            .filter(day -> part.apply(days.get(day)).containsKey(ENTROPY + label))
            .toArray();
    double[] x = IntStream.of(shown).asDoubleStream().toArray();
    double[] y =
        IntStream.of(shown)
            .mapToDouble(day -> part.apply(days.get(day)).getOrDefault(ENTROPY + label, 0.0))
            .toArray();
    chart.addSeries(name, x, y).setMarker(SeriesMarkers.CIRCLE);
  }
}
