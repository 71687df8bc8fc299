package io.genrec.cli;

import io.genrec.api.graph.Parameter;
import java.util.Collection;

/**
 * How many values a model learns.
 *
 * @param dense those of weights, which every token meets
 * @param embedding those of tables, of which a token meets one row each
 */
record ParameterCount(long dense, long embedding) {
  /** Counts. */
  static ParameterCount of(Collection<Parameter> parameters) {
    return new ParameterCount(
        count(parameters, Parameter.Kind.DENSE), count(parameters, Parameter.Kind.EMBEDDING));
  }

  private static long count(Collection<Parameter> parameters, Parameter.Kind kind) {
    return parameters.stream()
        .filter(parameter -> parameter.kind() == kind)
        .mapToLong(Parameter::entries)
        .sum();
  }
}
