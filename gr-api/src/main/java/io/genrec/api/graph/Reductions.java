package io.genrec.api.graph;

import static io.genrec.api.graph.Elementwise.first;
import static io.genrec.api.graph.Elementwise.requireElement;
import static io.genrec.api.graph.Elementwise.requireNumber;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Ops that combine entries along axes. */
final class Reductions {
  private Reductions() {}

  static Shape keepingAxes(Shape shape, List<Long> axes) {
    Shape kept = shape;
    for (long axis : axes) {
      kept = kept.with((int) axis, Dim.ONE);
    }
    return kept;
  }

  /** The sum over axes, which stay as size 1; the axes are also the second input. */
  record ReduceSum(List<Long> axes) implements Op {
    @Override
    public List<TensorType> infer(List<Tensor> inputs) {
      requireNumber(inputs.get(0));
      return List.of(
          new TensorType(inputs.get(0).element(), keepingAxes(inputs.get(0).shape(), axes)));
    }

    @Override
    public Map<String, Object> attributes() {
      return Map.of("keepdims", 1L);
    }

    @Override
    public List<@Nullable Tensor> gradient(Node node, List<@Nullable Tensor> gradients) {
      return Arrays.asList(first(gradients).expand(node.input(0)), null);
    }
  }

  /** The mean over axes, which stay as size 1. */
  record ReduceMean(List<Long> axes) implements Op {
    @Override
    public List<TensorType> infer(List<Tensor> inputs) {
      requireElement(inputs.get(0), ElementType.FLOAT);
      return List.of(new TensorType(ElementType.FLOAT, keepingAxes(inputs.get(0).shape(), axes)));
    }

    @Override
    public Map<String, Object> attributes() {
      return Map.of("axes", axes, "keepdims", 1L);
    }

    @Override
    public List<@Nullable Tensor> gradient(Node node, List<@Nullable Tensor> gradients) {
      Tensor x = node.input(0);
      Shape reduced = new Shape(axes.stream().map(axis -> x.shape().dim(axis.intValue())).toList());
      Tensor count =
          x.graph()
              .sizesOf(new Shape(List.of(reduced.entries())))
              .cast(ElementType.FLOAT)
              .squeeze(0);
      return Arrays.asList(first(gradients).dividedBy(count).expand(x));
    }
  }

  /**
   * The largest entry over axes, which stay as size 1; equal largest entries share the gradient.
   */
  record ReduceMax(List<Long> axes) implements Op {
    @Override
    public List<TensorType> infer(List<Tensor> inputs) {
      requireNumber(inputs.get(0));
      return List.of(
          new TensorType(inputs.get(0).element(), keepingAxes(inputs.get(0).shape(), axes)));
    }

    @Override
    public Map<String, Object> attributes() {
      return Map.of("axes", axes, "keepdims", 1L);
    }

    @Override
    public List<@Nullable Tensor> gradient(Node node, List<@Nullable Tensor> gradients) {
      Tensor x = node.input(0);
      Tensor largest = x.equalTo(node.output(0)).cast(ElementType.FLOAT);
      int[] all = axes.stream().mapToInt(Long::intValue).toArray();
      return Arrays.asList(first(gradients).times(largest.dividedBy(largest.sum(all))));
    }
  }

  /** Running sums along an axis, which is also the second input. */
  record CumSum(int axis, boolean exclusive, boolean reverse) implements Op {
    @Override
    public List<TensorType> infer(List<Tensor> inputs) {
      requireNumber(inputs.get(0));
      inputs.get(0).shape().axis(axis);
      return List.of(inputs.get(0).type());
    }

    @Override
    public Map<String, Object> attributes() {
      return Map.of("exclusive", exclusive ? 1L : 0L, "reverse", reverse ? 1L : 0L);
    }

    @Override
    public List<@Nullable Tensor> gradient(Node node, List<@Nullable Tensor> gradients) {
      return Arrays.asList(first(gradients).cumulativeSum(axis, exclusive, !reverse), null);
    }
  }

  /**
   * The k largest entries along an axis, largest first, and their indices; k is also the second
   * input.
   */
  record TopK(int axis, Dim k) implements Op.NotDifferentiable {
    @Override
    public List<TensorType> infer(List<Tensor> inputs) {
      requireNumber(inputs.get(0));
      Dim whole = inputs.get(0).shape().dim(axis);
      if (k.isFixed() && (k.size() < 0 || (whole.isFixed() && k.size() > whole.size()))) {
        throw new ShapeException("no " + k + " largest of " + whole + " entries");
      }
      Shape shape = inputs.get(0).shape().with(axis, k);
      return List.of(
          new TensorType(inputs.get(0).element(), shape), new TensorType(ElementType.INT64, shape));
    }

    @Override
    public Map<String, Object> attributes() {
      return Map.of("axis", (long) axis, "largest", 1L, "sorted", 1L);
    }

    @Override
    public String notDifferentiable() {
      return "which entries are chosen jumps; gather them by the indices instead";
    }
  }

  /** exp(x) over its sum along an axis. */
  record Softmax(int axis) implements Op {
    @Override
    public List<TensorType> infer(List<Tensor> inputs) {
      requireElement(inputs.get(0), ElementType.FLOAT);
      inputs.get(0).shape().axis(axis);
      return List.of(inputs.get(0).type());
    }

    @Override
    public Map<String, Object> attributes() {
      return Map.of("axis", (long) axis);
    }

    @Override
    public List<@Nullable Tensor> gradient(Node node, List<@Nullable Tensor> gradients) {
      Tensor y = node.output(0);
      Tensor weighted = first(gradients).times(y);
      return Arrays.asList(weighted.minus(y.times(weighted.sum(axis))));
    }
  }

  /** x minus the logarithm of the sum of exp(x) along an axis. */
  record LogSoftmax(int axis) implements Op {
    @Override
    public List<TensorType> infer(List<Tensor> inputs) {
      requireElement(inputs.get(0), ElementType.FLOAT);
      inputs.get(0).shape().axis(axis);
      return List.of(inputs.get(0).type());
    }

    @Override
    public Map<String, Object> attributes() {
      return Map.of("axis", (long) axis);
    }

    @Override
    public List<@Nullable Tensor> gradient(Node node, List<@Nullable Tensor> gradients) {
      Tensor dy = first(gradients);
      return Arrays.asList(dy.minus(node.output(0).exp().times(dy.sum(axis))));
    }
  }

  /**
   * Mean 0 and variance 1 over the last axis, without learned scale and shift: outputs the
   * normalised values, the means and 1 / sqrt(variance + epsilon). The second input is a row of
   * ones, which ONNX asks for.
   */
  record LayerNormalization(float epsilon) implements Op {
    @Override
    public List<TensorType> infer(List<Tensor> inputs) {
      requireElement(inputs.get(0), ElementType.FLOAT);
      Shape shape = inputs.get(0).shape();
      TensorType row = new TensorType(ElementType.FLOAT, shape.with(-1, Dim.ONE));
      return List.of(inputs.get(0).type(), row, row);
    }

    @Override
    public Map<String, Object> attributes() {
      return Map.of("axis", -1L, "epsilon", epsilon);
    }

    @Override
    public List<@Nullable Tensor> gradient(Node node, List<@Nullable Tensor> gradients) {
      if (gradients.get(1) != null || gradients.get(2) != null) {
        throw new UnsupportedOperationException(
            "mean and deviation of a layer normalisation get no gradient");
      }
      Tensor y = node.output(0);
      Tensor dy = first(gradients);
      Tensor centred = dy.minus(dy.mean(-1)).minus(y.times(dy.times(y).mean(-1)));
      List<@Nullable Tensor> result = new ArrayList<>();
      result.add(centred.times(node.output(2)));
      result.add(null);
      return result;
    }
  }
}
