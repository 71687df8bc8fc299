package io.genrec.cli;

import io.genrec.api.storage.AtomicFile;
import io.genrec.api.storage.IfExists;
import java.awt.Color;
import java.nio.file.Path;
import org.knowm.xchart.BitmapEncoder;
import org.knowm.xchart.BitmapEncoder.BitmapFormat;
import org.knowm.xchart.XYChart;
import org.knowm.xchart.XYChartBuilder;
import org.knowm.xchart.style.markers.SeriesMarkers;

/** A picture of loss against size, both axes logarithmic. */
final class ScalingChart {
  private static final int WIDTH = 800;
  private static final int HEIGHT = 500;

  private ScalingChart() {}

  /**
   * Draws a curve.
   *
   * @param file the PNG file, replaced if it is there
   */
  static void write(Path file, String title, double[] sizes, double[] losses) {
    XYChart chart =
        new XYChartBuilder()
            .width(WIDTH)
            .height(HEIGHT)
            .title(title)
            .xAxisTitle("parameters of the blocks")
            .yAxisTitle("log loss of test samples")
            .build();
    chart.getStyler().setXAxisLogarithmic(true).setYAxisLogarithmic(true);
    chart.getStyler().setLegendVisible(false).setChartBackgroundColor(Color.WHITE);
    chart.getStyler().setChartTitleBoxVisible(false).setMarkerSize(7);
    chart.addSeries("log loss", sizes, losses).setMarker(SeriesMarkers.CIRCLE);
    AtomicFile.write(
        file, IfExists.REPLACE, out -> BitmapEncoder.saveBitmap(chart, out, BitmapFormat.PNG));
  }
}
