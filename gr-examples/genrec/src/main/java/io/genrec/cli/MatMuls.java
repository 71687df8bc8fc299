package io.genrec.cli;

import io.genrec.api.graph.ElementType;
import io.genrec.api.graph.Graph;
import io.genrec.api.graph.Tensor;
import io.genrec.api.graph.TensorType;
import io.genrec.api.sequence.Batch;
import io.genrec.engine.program.Program;
import io.genrec.engine.program.Step;
import io.genrec.engine.runtime.CompiledGraph;
import io.genrec.engine.runtime.SessionSettings;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/** The matrix products of a program whose sizes are known, to be run without anything else. */
final class MatMuls {
  private final List<Product> products = new ArrayList<>();

  /** Two operands, row-major. */
  private record Product(List<Long> left, List<Long> right) {}

  /**
   * All products of a program.
   *
   * @param sizes the value of each named dimension that they have
   */
  MatMuls(Program program, Map<String, Long> sizes) {
    Map<String, TensorType> types = new HashMap<>(program.inputs());
    for (Step step : program.steps()) {
      for (int i = 0; i < step.outputs().size(); i++) {
        types.put(step.outputs().get(i), step.types().get(i));
      }
      if (step.op().equals("MatMul")) {
        products.add(
            new Product(size(type(types, step, 0), sizes), size(type(types, step, 1), sizes)));
      }
    }
  }

  private static TensorType type(Map<String, TensorType> types, Step step, int operand) {
    return Objects.requireNonNull(types.get(step.inputs().get(operand)));
  }

  private static List<Long> size(TensorType type, Map<String, Long> sizes) {
    List<Long> size = new ArrayList<>();
    for (long axis : type.shape().sizes(name -> Objects.requireNonNull(sizes.get(name)))) {
      size.add(axis);
    }
    return size;
  }

  /** The products alone, each of operands of its own. */
  CompiledGraph compile() {
    Graph graph = Graph.inference("products");
    for (int i = 0; i < products.size(); i++) {
      Product product = products.get(i);
      Tensor left = graph.input("left" + i, ElementType.FLOAT, product.left().toArray());
      Tensor right = graph.input("right" + i, ElementType.FLOAT, product.right().toArray());
      graph.output("product" + i, left.matmul(right));
    }
    return CompiledGraph.of(graph, SessionSettings.cpu());
  }

  /** Operands for {@link #compile}. */
  void fill(Batch inputs) {
    for (int i = 0; i < products.size(); i++) {
      fill(inputs, "left" + i, products.get(i).left());
      fill(inputs, "right" + i, products.get(i).right());
    }
  }

  private static void fill(Batch inputs, String name, List<Long> size) {
    var values = inputs.floats(name, size.stream().mapToLong(Long::longValue).toArray());
    for (int i = 0; i < values.capacity(); i++) {
      values.put(i, 1f / (1 + i % 64));
    }
  }
}
