package io.genrec.testkit;

import io.genrec.api.graph.Parameter;
import io.genrec.engine.model.Model;
import io.genrec.engine.onnx.Precision;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;

/**
 * Rule 5. Central differences of a loss that is linear in the outputs, for some entries of every
 * parameter: those of the largest gradients and some at random.
 */
final class GradientRule implements Rule<EncoderBench> {
  static final String TITLE = "rule 5: gradients are finite differences";

  private static final int LARGEST = 3;
  private static final int RANDOM = 3;

  /** Below this, gradients are too small to tell from rounding. */
  private static final double LEAST_SCALE = 1e-3;

  /**
   * How differences are taken.
   *
   * @param steps one after another, since a step may cross a kink (of ReLU, of a maximum) by chance
   * @param tolerance as a share of the larger of the difference and the parameter's largest
   *     gradient
   */
  @SuppressWarnings("ArrayRecordComponent")
  private record Method(double[] steps, double tolerance) {
    static Method in(Precision precision) {
      return precision == Precision.FLOAT64
          ? new Method(new double[] {1e-5, 1e-6, 1e-7}, 1e-5)
          : new Method(new double[] {1e-2, 3e-3}, 5e-2);
    }
  }

  @Override
  public String title() {
    return TITLE;
  }

  /** A parameter whose entries are moved, one at a time, and the loss that is watched. */
  @SuppressWarnings("ArrayRecordComponent")
  private record Moved(Session session, Parameter parameter, double[] values) {
    double difference(int entry, double step) {
      double there = values[entry];
      double difference = (lossAt(entry, there + step) - lossAt(entry, there - step)) / (2 * step);
      values[entry] = there;
      return difference;
    }

    private double lossAt(int entry, double value) {
      values[entry] = value;
      write();
      return session.run().values(Model.LOSS)[0];
    }

    void write() {
      session.reals(parameter.name(), values, Weights.size(parameter));
    }
  }

  @Override
  public void check(EncoderBench bench) {
    TestedModel tested = bench.all();
    Session session = tested.training(bench.precision());
    TokenColumns columns = new TokenColumns(session.inputs(), bench.schema());
    Probe.write(session, columns, bench.sequences(), EncoderBench.MAX_LENGTH, bench::supervises);
    session.run();
    Map<Parameter, double[]> gradients = new LinkedHashMap<>();
    for (Parameter parameter : session.graph().parameters().values()) {
      gradients.put(parameter, session.values(Model.GRADIENT + parameter.name()));
    }
    Method method = Method.in(bench.precision());
    gradients.forEach(
        (parameter, gradient) -> {
          Moved moved = new Moved(session, parameter, tested.weights().of(parameter).clone());
          for (int entry : entries(gradient)) {
            requireDifference(moved, gradient, entry, method, bench.tolerance().basis());
          }
          moved.write();
        });
  }

  private static Set<Integer> entries(double[] gradient) {
    List<Integer> byMagnitude = new ArrayList<>();
    for (int i = 0; i < gradient.length; i++) {
      byMagnitude.add(i);
    }
    byMagnitude.sort(Comparator.comparingDouble(i -> -Math.abs(gradient[i])));
    Set<Integer> entries =
        new LinkedHashSet<>(byMagnitude.subList(0, Math.min(LARGEST, gradient.length)));
    new SplittableRandom(3).ints(RANDOM, 0, gradient.length).forEach(entries::add);
    return entries;
  }

  private static void requireDifference(
      Moved moved, double[] gradient, int entry, Method method, String basis) {
    double largest = Arrays.stream(gradient).map(Math::abs).max().orElse(0);
    double difference = Double.NaN;
    for (double step : method.steps()) {
      difference = moved.difference(entry, step);
      double scale = Math.max(LEAST_SCALE, Math.max(largest, Math.abs(difference)));
      if (Math.abs(gradient[entry] - difference) <= method.tolerance() * scale) {
        return;
      }
    }
    throw new AssertionError(
        "the gradient of "
            + moved.parameter().name()
            + ", entry "
            + entry
            + ", is "
            + gradient[entry]
            + " but the loss changes by "
            + difference
            + " (in "
            + basis
            + ", within "
            + method.tolerance()
            + " of the largest)");
  }
}
