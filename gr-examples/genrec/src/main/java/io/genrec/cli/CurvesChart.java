package io.genrec.cli;

import java.awt.Color;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.knowm.xchart.XYChart;
import org.knowm.xchart.XYSeries;
import org.knowm.xchart.XYSeries.XYSeriesRenderStyle;
import org.knowm.xchart.style.markers.SeriesMarkers;

/** A picture of AUC pass by pass: a line through the means of seeds, a band from least to most. */
final class CurvesChart {
  private static final int BAND = 48;
  // Colours that people who see no red or green can tell apart (Okabe and Ito).
  private static final List<Color> COLOURS =
      List.of(
          new Color(0x000000),
          new Color(0xE69F00),
          new Color(0x56B4E9),
          new Color(0xD55E00),
          new Color(0x0072B2),
          new Color(0x009E73));

  private CurvesChart() {}

  /**
   * Draws curves.
   *
   * @param file the PNG file, replaced if it is there
   * @param curves for each name some curves of equal length; nothing is drawn if there are none
   */
  static void write(Path file, String title, Map<String, List<List<Double>>> curves) {
    if (curves.isEmpty()) {
      return;
    }
    XYChart chart = Charts.empty(title, "pass over the train users", "AUC on test users");
    chart.getStyler().setXAxisDecimalPattern("0").setYAxisDecimalPattern("0.00");
    int index = 0;
    for (Map.Entry<String, List<List<Double>>> curve : curves.entrySet()) {
      draw(chart, curve.getKey(), curve.getValue(), COLOURS.get(index++ % COLOURS.size()));
    }
    Charts.write(file, chart);
  }

  private static void draw(XYChart chart, String name, List<List<Double>> runs, Color colour) {
    int passes = runs.get(0).size();
    double[] x = new double[2 * passes];
    double[] outline = new double[2 * passes];
    double[] means = new double[passes];
    for (int pass = 0; pass < passes; pass++) {
      int at = pass;
      double[] values = runs.stream().mapToDouble(run -> run.get(at)).sorted().toArray();
      x[pass] = pass + 1;
      x[2 * passes - 1 - pass] = pass + 1;
      outline[pass] = values[0];
      outline[2 * passes - 1 - pass] = values[values.length - 1];
      means[pass] = Spread.of(values).mean();
    }
    if (runs.size() > 1) {
      XYSeries band = chart.addSeries(name + " band", x, outline);
      band.setXYSeriesRenderStyle(XYSeriesRenderStyle.PolygonArea);
      band.setFillColor(new Color(colour.getRed(), colour.getGreen(), colour.getBlue(), BAND));
      band.setMarker(SeriesMarkers.NONE).setLineColor(new Color(0, 0, 0, 0));
      band.setShowInLegend(false);
    }
    double[] passNumbers = IntStream.rangeClosed(1, passes).asDoubleStream().toArray();
    XYSeries line = chart.addSeries(name, passNumbers, means);
    line.setMarker(SeriesMarkers.CIRCLE).setMarkerColor(colour).setLineColor(colour);
  }
}
