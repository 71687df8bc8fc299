package io.genrec.cli;

import io.genrec.gpsd.PowerLaw;
import io.genrec.gpsd.PowerLaw.Interval;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.IntStream;
import org.knowm.xchart.XYChart;
import org.knowm.xchart.XYSeries;
import org.knowm.xchart.style.lines.SeriesLines;
import org.knowm.xchart.style.markers.SeriesMarkers;

/** A picture of a metric against size or work, both axes logarithmic. */
final class LogChart {
  private static final int STEPS = 60;
  private static final double MARGIN = 0.1;
  private static final double MILLION = 1e6;

  /**
   * A point.
   *
   * @param x above 0
   * @param y what is not above 0 has no place and is left out
   * @param interval how sure y is
   */
  record Point(double x, double y, Optional<Interval> interval) {
    private double up() {
      return interval.map(i -> Math.log10(i.high() / y)).orElse(0.0);
    }
  }

  /**
   * A curve.
   *
   * @param name what the legend calls it
   * @param points at least one, with x ascending
   * @param law what was fitted through them
   */
  record Curve(String name, List<Point> points, Optional<PowerLaw> law) {
    private Curve visible() {
      return new Curve(name, points.stream().filter(point -> point.y() > 0).toList(), law);
    }
  }

  private LogChart() {}

  /**
   * Draws curves.
   *
   * @param file the PNG file, replaced if it is there; nothing is written without a point
   */
  static void write(Path file, String title, String x, String y, List<Curve> given) {
    List<Curve> curves =
        given.stream().map(Curve::visible).filter(curve -> !curve.points().isEmpty()).toList();
    if (curves.isEmpty()) {
      return;
    }
    XYChart chart = Charts.empty(title, x, y);
    // Within a decade a logarithmic axis has no ticks, so logarithms are taken here.
    chart
        .getStyler()
        .setxAxisTickLabelsFormattingFunction(LogChart::size)
        .setyAxisTickLabelsFormattingFunction(
            value -> String.format(Locale.ROOT, "%.3f", Math.pow(10, value)));
    limit(chart, curves);
    for (Curve curve : curves) {
      List<Point> points = curve.points();
      XYSeries series =
          chart.addSeries(
              curve.name(),
              points.stream().mapToDouble(point -> Math.log10(point.x())).toArray(),
              points.stream().mapToDouble(point -> Math.log10(point.y())).toArray(),
              points.stream().mapToDouble(Point::up).toArray());
      series.setMarker(SeriesMarkers.CIRCLE);
      curve.law().ifPresent(law -> draw(chart, curve, law));
    }
    Charts.write(file, chart);
  }

  private static String size(double logarithm) {
    double size = Math.pow(10, logarithm);
    return String.format(Locale.ROOT, size < MILLION ? "%.0f" : "%.1e", size);
  }

  /** All of the points and their intervals, and some room. */
  private static void limit(XYChart chart, List<Curve> curves) {
    List<Point> points = curves.stream().flatMap(curve -> curve.points().stream()).toList();
    double low = points.stream().mapToDouble(p -> Math.log10(p.y()) - p.up()).min().orElseThrow();
    double high = points.stream().mapToDouble(p -> Math.log10(p.y()) + p.up()).max().orElseThrow();
    double room = Math.max(high - low, 1e-3) * MARGIN;
    chart.getStyler().setYAxisMin(low - room).setYAxisMax(high + room);
  }

  private static void draw(XYChart chart, Curve curve, PowerLaw law) {
    double from = curve.points().get(0).x();
    double to = curve.points().get(curve.points().size() - 1).x();
    double[] x =
        IntStream.rangeClosed(0, STEPS)
            .mapToDouble(step -> from * Math.pow(to / from, (double) step / STEPS))
            .toArray();
    double[] y = IntStream.range(0, x.length).mapToDouble(i -> Math.log10(law.at(x[i]))).toArray();
    double[] logs = Arrays.stream(x).map(Math::log10).toArray();
    XYSeries series = chart.addSeries(curve.name() + ", fitted law", logs, y);
    series.setMarker(SeriesMarkers.NONE).setLineStyle(SeriesLines.DASH_DASH);
  }
}
