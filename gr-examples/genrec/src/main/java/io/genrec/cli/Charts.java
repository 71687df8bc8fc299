package io.genrec.cli;

import io.genrec.api.storage.AtomicFile;
import io.genrec.api.storage.IfExists;
import java.awt.Color;
import java.nio.file.Path;
import org.knowm.xchart.BitmapEncoder;
import org.knowm.xchart.BitmapEncoder.BitmapFormat;
import org.knowm.xchart.XYChart;
import org.knowm.xchart.XYChartBuilder;
import org.knowm.xchart.style.Styler.LegendLayout;
import org.knowm.xchart.style.Styler.LegendPosition;

/** What all pictures look like. */
final class Charts {
  private static final int WIDTH = 800;
  private static final int HEIGHT = 500;
  private static final int MARKER = 6;

  private Charts() {}

  /** A white sheet with a legend below. */
  static XYChart empty(String title, String x, String y) {
    XYChart chart =
        new XYChartBuilder()
            .width(WIDTH)
            .height(HEIGHT)
            .title(title)
            .xAxisTitle(x)
            .yAxisTitle(y)
            .build();
    chart.getStyler().setLegendPosition(LegendPosition.OutsideS).setMarkerSize(MARKER);
    chart.getStyler().setLegendLayout(LegendLayout.Horizontal).setChartBackgroundColor(Color.WHITE);
    chart.getStyler().setChartTitleBoxVisible(false);
    return chart;
  }

  /** Writes a PNG file, replacing it if it is there. */
  static void write(Path file, XYChart chart) {
    AtomicFile.write(
        file, IfExists.REPLACE, out -> BitmapEncoder.saveBitmap(chart, out, BitmapFormat.PNG));
  }
}
