package io.genrec.engine.gradient;

import io.genrec.api.graph.ElementType;
import io.genrec.api.graph.Gradients;
import io.genrec.api.graph.Graph;
import io.genrec.api.graph.Shape;
import io.genrec.api.graph.Tensor;
import io.genrec.engine.onnx.Precision;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.function.Function;

/**
 * A function of some operands whose gradient is checked.
 *
 * @param name what it shows
 * @param precision 64 bits unless the CPU has no such kernel
 * @param operands what goes in
 * @param function what is differentiated
 */
public record GradientCase(
    String name,
    Precision precision,
    List<Operand> operands,
    Function<List<Tensor>, Tensor> function) {
  /** What names of dimensions stand for. */
  public static final Map<String, Long> SIZES =
      Map.of("batch", 2L, "length", 3L, "rows", 5L, "ids", 7L, "take", 2L, "one", 1L);

  /**
   * An input.
   *
   * @param shape numbers and names of {@link #SIZES}
   * @param low the least value of a random real
   * @param high the largest
   * @param whole the values if they are whole numbers, which get no gradient; else empty
   */
  public record Operand(Shape shape, double low, double high, List<Long> whole) {
    static Operand real(double low, double high, Object... dims) {
      return new Operand(Shape.of(dims), low, high, List.of());
    }

    static Operand whole(List<Long> values, Object... dims) {
      return new Operand(Shape.of(dims), 0, 0, values);
    }

    public boolean isReal() {
      return whole.isEmpty();
    }

    long[] size() {
      return sizes(shape);
    }

    double[] draw(Random random) {
      return random.doubles(entries(size()), low, high).toArray();
    }

    long[] wholeValues() {
      return whole.stream().mapToLong(Long::longValue).toArray();
    }
  }

  static long[] sizes(Shape shape) {
    return shape.sizes(name -> java.util.Objects.requireNonNull(SIZES.get(name)));
  }

  static int entries(long... size) {
    int entries = 1;
    for (long axis : size) {
      entries *= (int) axis;
    }
    return entries;
  }

  /** A graph with its result and the scalar that is differentiated. */
  public record Built(Graph graph, List<Tensor> inputs, Tensor result, Tensor loss) {
    /** Adds the gradients by the real inputs as outputs d0, d1 ... */
    public Graph withGradients() {
      List<Tensor> sources = inputs.stream().filter(x -> x.element() == ElementType.FLOAT).toList();
      List<Tensor> gradients = Gradients.of(loss, sources);
      for (int i = 0; i < sources.size(); i++) {
        graph.output("d" + inputs.indexOf(sources.get(i)), gradients.get(i));
      }
      return graph;
    }
  }

  /** The graph of sum(function(operands) * weights). */
  public Built build() {
    Graph graph = Graph.inference(name);
    List<Tensor> inputs = new ArrayList<>();
    for (int i = 0; i < operands.size(); i++) {
      Operand operand = operands.get(i);
      inputs.add(
          graph.input(
              "x" + i,
              operand.isReal() ? ElementType.FLOAT : ElementType.INT64,
              operand.shape().dims().toArray()));
    }
    Tensor result = function.apply(inputs);
    Tensor weights = graph.input("weights", ElementType.FLOAT, result.shape().dims().toArray());
    Tensor loss = result.times(weights).sumAll();
    return new Built(graph, inputs, result, loss);
  }

  @Override
  public String toString() {
    return name;
  }
}
