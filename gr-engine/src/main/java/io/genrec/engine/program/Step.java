package io.genrec.engine.program;

import io.genrec.api.graph.TensorType;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;
import org.apiguardian.api.API;

/**
 * One operation of a program.
 *
 * @param op the ONNX operator
 * @param attributes its attributes
 * @param inputs names of values; empty for an optional one that is absent
 * @param outputs names of values
 * @param types the outputs' types
 * @param scope where in the model it was built
 */
@API(status = API.Status.INTERNAL, since = "0.1")
public record Step(
    String op,
    Map<String, Object> attributes,
    List<String> inputs,
    List<String> outputs,
    List<TensorType> types,
    String scope) {
  /** Copies the collections. */
  public Step {
    attributes = Map.copyOf(attributes);
    inputs = List.copyOf(inputs);
    outputs = List.copyOf(outputs);
    types = List.copyOf(types);
  }

  /** This step with each program that it runs rewritten; a pass that keeps their inputs. */
  Step withSubprograms(UnaryOperator<Program> pass) {
    if (attributes.values().stream().noneMatch(Subprogram.class::isInstance)) {
      return this;
    }
    Map<String, Object> rewritten = new HashMap<>(attributes);
    rewritten.replaceAll(
        (key, value) -> value instanceof Subprogram part ? part.after(pass) : value);
    return new Step(op, rewritten, inputs, outputs, types, scope);
  }
}
