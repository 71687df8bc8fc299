package io.genrec.hstu;

import io.genrec.api.graph.ElementType;
import io.genrec.api.graph.Graph;
import io.genrec.api.graph.Tensor;
import io.genrec.api.sequence.History;
import java.util.ArrayList;
import java.util.List;

/**
 * The hour of the day and the day of the week of a time in UTC, each as a point on a circle.
 *
 * <p>The points are constants, and units are counted in whole numbers: in 32-bit reals, seconds
 * since 1970 are known to 128 seconds only.
 */
final class Calendar {
  /** As the reference has it; the angles of its trained models are these. */
  private static final double PI = 3.14;

  private static final List<Cycle> CYCLES = List.of(new Cycle(3_600, 24), new Cycle(86_400, 7));

  /** Units of some seconds that repeat after a number of them. */
  private record Cycle(long seconds, int units) {}

  private Calendar() {}

  /** The number of values. */
  static int width() {
    return 2 * CYCLES.size();
  }

  /**
   * Cosine and sine by cycle: whole {@code [batch, length]} to real {@code [batch, length, 4]}; 0
   * where the time is absent.
   */
  static Tensor of(Tensor time) {
    Graph graph = time.graph();
    List<Tensor> points = new ArrayList<>();
    for (Cycle cycle : CYCLES) {
      Tensor unit =
          time.dividedBy(graph.constant(cycle.seconds()))
              .modulo(graph.constant((long) cycle.units()));
      points.add(circle(graph, cycle.units()).gather(unit));
    }
    Tensor known = time.equalTo(graph.constant(History.NO_TIME)).not();
    return Tensor.concat(-1, points).times(known.cast(ElementType.FLOAT).unsqueeze(-1));
  }

  private static Tensor circle(Graph graph, int units) {
    double[] points = new double[2 * units];
    for (int i = 0; i < units; i++) {
      double angle = 2 * PI * i / units;
      points[2 * i] = Math.cos(angle);
      points[2 * i + 1] = Math.sin(angle);
    }
    return graph.constants(points).reshape(units, 2);
  }
}
