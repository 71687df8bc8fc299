package io.genrec.api.graph;

import java.util.List;
import java.util.Map;
import org.apiguardian.api.API;
import org.jspecify.annotations.Nullable;

/**
 * One operation with its three rules: what comes out (shape), what is exported (an ONNX node), and
 * the gradient.
 *
 * <p>Implementations are values (records): two nodes with equal ops and the same inputs compute the
 * same.
 */
@API(status = API.Status.STABLE, since = "0.1")
public interface Op {
  /** The ONNX operator's name at opset 17, default domain. */
  default String onnxName() {
    return getClass().getSimpleName();
  }

  /**
   * The ONNX node's attributes: {@link Long}, {@link Float}, {@link String}, {@code List<Long>},
   * {@link Literal}, {@link ElementType} or {@link Subgraph} by name.
   */
  default Map<String, Object> attributes() {
    return Map.of();
  }

  /**
   * The types of the outputs.
   *
   * @throws ShapeException if the inputs do not fit; the graph adds op, scope and shapes to the
   *     message
   */
  List<TensorType> infer(List<Tensor> inputs);

  /**
   * The gradient with respect to each input, built from further operations on the same graph.
   *
   * @param node the node of this op, with its inputs and outputs
   * @param gradients the loss's gradient with respect to each output; null where the loss does not
   *     depend on it
   * @return one entry per input; null for an input that gets no gradient (an index, a shape)
   * @throws UnsupportedOperationException if the op is {@linkplain #notDifferentiable() not
   *     differentiable}
   */
  List<@Nullable Tensor> gradient(Node node, List<@Nullable Tensor> gradients);

  /** Why there is no gradient; empty for a differentiable op. */
  default String notDifferentiable() {
    return "";
  }

  /** Whether outputs count as constants, whatever the inputs are. */
  default boolean stopsGradient() {
    return false;
  }

  /** An op through which no gradient flows, with the reason. */
  interface NotDifferentiable extends Op {
    @Override
    String notDifferentiable();

    @Override
    default List<@Nullable Tensor> gradient(Node node, List<@Nullable Tensor> gradients) {
      throw new UnsupportedOperationException(
          onnxName() + " is not differentiable: " + notDifferentiable());
    }
  }
}
