package io.genrec.engine.ranking;

import io.genrec.api.graph.Scope;
import io.genrec.api.graph.Tensor;
import java.util.Optional;

/**
 * Two linear layers around {@code SwishLN(x) = x sigmoid(LN(x))}, as the published production model
 * has them everywhere.
 */
record Perceptron(Linear first, Norm gate, Linear second, Optional<Norm> last) {
  /** With a normalised output. */
  static Perceptron normalised(Scope scope, long in, long hidden, long out, double epsilon) {
    Perceptron plain = plain(scope, in, hidden, out, epsilon);
    Norm norm = Norm.declare(scope.child("norm"), out, epsilon);
    return new Perceptron(plain.first, plain.gate, plain.second, Optional.of(norm));
  }

  /** With a plain output. */
  static Perceptron plain(Scope scope, long in, long hidden, long out, double epsilon) {
    return new Perceptron(
        Linear.declare(scope.child("first"), in, hidden),
        Norm.declare(scope.child("gate"), hidden, epsilon),
        Linear.declare(scope.child("second"), hidden, out),
        Optional.empty());
  }

  /** Real {@code [.., in]} to real {@code [.., out]}. */
  Tensor apply(Tensor x) {
    return behind(first.apply(x));
  }

  /** What follows the first layer: real {@code [.., hidden]} to real {@code [.., out]}. */
  Tensor behind(Tensor hidden) {
    Tensor out = second.apply(gate.swish(hidden));
    return last.map(norm -> norm.apply(out)).orElse(out);
  }
}
