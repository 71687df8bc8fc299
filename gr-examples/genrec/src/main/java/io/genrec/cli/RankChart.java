package io.genrec.cli;

import io.genrec.api.storage.AtomicFile;
import io.genrec.api.storage.IfExists;
import io.genrec.cli.RankBenchmark.Result;
import java.awt.Color;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.knowm.xchart.BitmapEncoder;
import org.knowm.xchart.BitmapEncoder.BitmapFormat;
import org.knowm.xchart.XYChart;
import org.knowm.xchart.XYChartBuilder;
import org.knowm.xchart.style.Styler.LegendLayout;
import org.knowm.xchart.style.Styler.LegendPosition;
import org.knowm.xchart.style.markers.SeriesMarkers;

/**
 * A picture of what scoring costs by the length of the history: a line for each kind of request.
 */
final class RankChart {
  private static final int WIDTH = 900;
  private static final int HEIGHT = 500;

  private RankChart() {}

  /** Draws medians, replacing the file if it is there. */
  static void write(Path file, List<Result> results) {
    XYChart chart =
        new XYChartBuilder()
            .width(WIDTH)
            .height(HEIGHT)
            .title("scoring candidates after a history")
            .xAxisTitle("events")
            .yAxisTitle("milliseconds")
            .build();
    chart.getStyler().setLegendPosition(LegendPosition.OutsideE).setMarkerSize(6);
    chart.getStyler().setLegendLayout(LegendLayout.Vertical).setChartBackgroundColor(Color.WHITE);
    chart.getStyler().setYAxisLogarithmic(true).setXAxisDecimalPattern("0");
    chart.getStyler().setChartTitleBoxVisible(false);
    Map<String, List<Result>> lines = new LinkedHashMap<>();
    results.forEach(
        result -> lines.computeIfAbsent(name(result), key -> new ArrayList<>()).add(result));
    lines.forEach(
        (name, points) ->
            chart
                .addSeries(
                    name,
                    points.stream().mapToDouble(Result::n).toArray(),
                    points.stream().mapToDouble(Result::msMedian).toArray())
                .setMarker(SeriesMarkers.CIRCLE));
    AtomicFile.write(
        file, IfExists.REPLACE, out -> BitmapEncoder.saveBitmap(chart, out, BitmapFormat.PNG));
  }

  private static String name(Result result) {
    return result.strategy() + " " + result.cache() + ", m " + result.m() + ", bm " + result.bm();
  }
}
