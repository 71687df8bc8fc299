package io.genrec.api.graph;

import static io.genrec.api.graph.Elementwise.first;
import static io.genrec.api.graph.Elementwise.requireElement;

import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Matrix products. */
final class Products {
  private Products() {}

  /**
   * {@code [..., m, k]} times {@code [..., k, n]}; leading axes are stretched to a common shape.
   */
  record MatMul() implements Op {
    @Override
    public List<TensorType> infer(List<Tensor> inputs) {
      Tensor a = inputs.get(0);
      Tensor b = inputs.get(1);
      requireElement(a, ElementType.FLOAT);
      requireElement(b, ElementType.FLOAT);
      if (a.shape().rank() < 2 || b.shape().rank() < 2) {
        throw new ShapeException("both operands need at least two axes");
      }
      if (!a.shape().dim(-1).equals(b.shape().dim(-2))) {
        throw new ShapeException(
            "the inner sizes " + a.shape().dim(-1) + " and " + b.shape().dim(-2) + " differ");
      }
      Shape leading =
          Shape.broadcast(
              a.shape().slice(0, a.shape().rank() - 2), b.shape().slice(0, b.shape().rank() - 2));
      return List.of(
          new TensorType(
              ElementType.FLOAT,
              leading.followedBy(Shape.of(a.shape().dim(-2), b.shape().dim(-1)))));
    }

    @Override
    public List<@Nullable Tensor> gradient(Node node, List<@Nullable Tensor> gradients) {
      Tensor a = node.input(0);
      Tensor b = node.input(1);
      Tensor dy = first(gradients);
      Tensor da = dy.matmul(b.swap(-1, -2)).sumTo(a.shape());
      if (b.shape().rank() == 2 && a.shape().rank() > 2) {
        // One product over all rows rather than one per matrix and a sum.
        return Arrays.asList(da, a.rows().swap(0, 1).matmul(dy.rows()));
      }
      return Arrays.asList(da, a.swap(-1, -2).matmul(dy).sumTo(b.shape()));
    }
  }
}
