package io.genrec.testkit;

import io.genrec.api.graph.Initializer;
import io.genrec.api.graph.Parameter;
import io.genrec.engine.optimizer.ParameterStore;
import java.nio.FloatBuffer;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import java.util.SplittableRandom;

/**
 * Values of a model's parameters: each its first value plus up to 0.5 either way, so that every
 * term of a formula shows. They are 32-bit reals, so that graphs of both widths compute with the
 * same.
 */
final class Weights {
  private final Map<Parameter, double[]> values = new LinkedHashMap<>();

  /** Draws values by the order of the parameters; names do not matter. */
  Weights(Collection<Parameter> parameters) {
    for (Parameter parameter : parameters) {
      SplittableRandom random = new SplittableRandom(101L + values.size());
      Initializer.Values first = parameter.initializer().values(size(parameter), random);
      double[] drawn = new double[Math.toIntExact(parameter.entries())];
      for (int i = 0; i < drawn.length; i++) {
        drawn[i] = (float) (first.next() + random.nextDouble() - 0.5);
      }
      values.put(parameter, drawn);
    }
  }

  static long[] size(Parameter parameter) {
    return parameter.size().stream().mapToLong(Long::longValue).toArray();
  }

  /** A parameter's values, to read only. */
  double[] of(Parameter parameter) {
    return Objects.requireNonNull(values.get(parameter), parameter.name());
  }

  /** Writes all values as a model's parameters. */
  void writeTo(ParameterStore parameters) {
    values.forEach(
        (parameter, drawn) -> {
          FloatBuffer column = parameters.column(parameter.name()).bytes().asFloatBuffer();
          for (double value : drawn) {
            column.put((float) value);
          }
        });
  }

  /** Writes all values as inputs. */
  void writeTo(Session session) {
    values.forEach((parameter, drawn) -> session.reals(parameter.name(), drawn, size(parameter)));
  }
}
