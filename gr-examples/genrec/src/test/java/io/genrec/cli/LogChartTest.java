package io.genrec.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.genrec.gpsd.PowerLaw;
import io.genrec.gpsd.PowerLaw.Interval;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LogChartTest {
  @TempDir private Path folder = Path.of("");

  private static int coloured(Path file) throws IOException {
    BufferedImage image = ImageIO.read(file.toFile());
    int count = 0;
    for (int x = 0; x < image.getWidth(); x++) {
      for (int y = 0; y < image.getHeight(); y++) {
        int rgb = image.getRGB(x, y);
        boolean grey = (rgb & 0xFF) == (rgb >> 8 & 0xFF) && (rgb & 0xFF) == (rgb >> 16 & 0xFF);
        count += grey ? 0 : 1;
      }
    }
    return count;
  }

  @Test
  void drawsPointsIntervalsAndTheLaw() throws IOException {
    PowerLaw law = new PowerLaw(0.37, 0.14, 0.19);
    List<LogChart.Point> points = new ArrayList<>();
    for (double size : new double[] {13_376, 53_504, 213_504, 803_840, 3_213_312}) {
      double value = law.at(size);
      points.add(
          new LogChart.Point(size, value, Optional.of(new Interval(value - 0.002, value + 0.002))));
    }
    // Has no place on a logarithmic axis.
    points.add(new LogChart.Point(1e7, 0, Optional.empty()));
    Path without = folder.resolve("without.png");
    Path with = folder.resolve("with.png");
    LogChart.write(
        without, "study", "x", "y", List.of(new LogChart.Curve("y", points, Optional.empty())));
    LogChart.write(
        with, "study", "x", "y", List.of(new LogChart.Curve("y", points, Optional.of(law))));
    assertThat(coloured(with)).isGreaterThan(coloured(without));
  }

  @Test
  void drawsALineAndABandForEachStrategy() throws IOException {
    Path one = folder.resolve("one.png");
    Path two = folder.resolve("two.png");
    List<List<Double>> falling = List.of(List.of(0.72, 0.70, 0.68), List.of(0.73, 0.71, 0.66));
    List<List<Double>> rising = List.of(List.of(0.73, 0.76, 0.77), List.of(0.74, 0.75, 0.78));
    CurvesChart.write(one, "study", Map.of("ST", rising));
    CurvesChart.write(two, "study", Map.of("ST_SF", falling, "ST", rising));
    assertThat(coloured(two)).isGreaterThan(coloured(one));
  }

  @Test
  void nothingIsDrawnOfNothing() {
    LogChart.write(folder.resolve("none.png"), "study", "x", "y", List.of());
    CurvesChart.write(folder.resolve("none.png"), "study", Map.of());
    assertThat(folder.resolve("none.png")).doesNotExist();
  }
}
