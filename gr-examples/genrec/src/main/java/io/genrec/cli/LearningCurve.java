package io.genrec.cli;

import io.genrec.engine.run.EpochReport;
import java.nio.file.Path;
import java.util.List;
import java.util.function.ToDoubleFunction;
import org.knowm.xchart.XYChart;
import org.knowm.xchart.XYSeries;
import org.knowm.xchart.style.Styler.YAxisPosition;
import org.knowm.xchart.style.markers.SeriesMarkers;

/** A picture of how loss and validation went, epoch by epoch. */
final class LearningCurve {
  private static final String METRIC = "ndcg@10";

  private LearningCurve() {}

  /**
   * Draws a run.
   *
   * @param file the PNG file, replaced if it is there
   * @param history at least one epoch
   */
  static void write(Path file, String title, List<EpochReport> history) {
    XYChart chart = Charts.empty(title, "epoch", "training loss");
    chart.getStyler().setXAxisDecimalPattern("0").setYAxisDecimalPattern("0.##");
    chart.getStyler().setYAxisGroupPosition(1, YAxisPosition.Right);
    series(chart, "training loss", history, 0, EpochReport::loss);
    List<EpochReport> validated =
        history.stream().filter(report -> report.validation().containsKey(METRIC)).toList();
    if (!validated.isEmpty()) {
      series(
          chart,
          "validation NDCG@10",
          validated,
          1,
          report -> report.validation().getOrDefault(METRIC, 0.0));
      chart.setYAxisGroupTitle(1, "NDCG@10");
    }
    Charts.write(file, chart);
  }

  private static void series(
      XYChart chart,
      String name,
      List<EpochReport> history,
      int axis,
      ToDoubleFunction<EpochReport> value) {
    double[] epochs = history.stream().mapToDouble(EpochReport::epoch).toArray();
    double[] values = history.stream().mapToDouble(value).toArray();
    XYSeries series = chart.addSeries(name, epochs, values);
    series.setMarker(SeriesMarkers.CIRCLE).setYAxisGroup(axis);
  }
}
