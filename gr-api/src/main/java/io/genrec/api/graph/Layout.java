package io.genrec.api.graph;

import static io.genrec.api.graph.Elementwise.first;
import static io.genrec.api.graph.Elementwise.requireElement;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.LongStream;
import org.jspecify.annotations.Nullable;

/** Ops that move entries without changing them. */
final class Layout {
  private Layout() {}

  private static boolean isNegative(Dim dim) {
    return dim.isFixed() && dim.size() < 0;
  }

  /**
   * The same entries in another shape; the sizes are also the second input.
   *
   * @param literal whether a size 0 is an empty axis; else it stands for the operand's size
   */
  record Reshape(Shape shape, boolean literal) implements Op {
    @Override
    public List<TensorType> infer(List<Tensor> inputs) {
      Tensor x = inputs.get(0);
      if (!x.shape().entries().equals(shape.entries())) {
        throw new ShapeException("the entries of " + x.shape() + " do not fill " + shape);
      }
      return List.of(new TensorType(x.element(), shape));
    }

    @Override
    public Map<String, Object> attributes() {
      return literal ? Map.of("allowzero", 1L) : Map.of();
    }

    @Override
    public List<@Nullable Tensor> gradient(Node node, List<@Nullable Tensor> gradients) {
      return Arrays.asList(first(gradients).reshape(node.input(0).shape()), null);
    }
  }

  /** Axes in another order. */
  record Transpose(List<Long> order) implements Op {
    @Override
    public List<TensorType> infer(List<Tensor> inputs) {
      Shape shape = inputs.get(0).shape();
      if (!order.stream()
          .sorted()
          .toList()
          .equals(LongStream.range(0, shape.rank()).boxed().toList())) {
        throw new ShapeException(
            "order " + order + " does not name each axis of " + shape + " once");
      }
      Shape permuted = new Shape(order.stream().map(axis -> shape.dim(axis.intValue())).toList());
      return List.of(new TensorType(inputs.get(0).element(), permuted));
    }

    @Override
    public Map<String, Object> attributes() {
      return Map.of("perm", order);
    }

    @Override
    public List<@Nullable Tensor> gradient(Node node, List<@Nullable Tensor> gradients) {
      int[] inverse = new int[order.size()];
      for (int i = 0; i < inverse.length; i++) {
        inverse[order.get(i).intValue()] = i;
      }
      return Arrays.asList(first(gradients).transpose(inverse));
    }
  }

  /** Axes of size 1 stretched; the sizes are also the second input. */
  record Expand(Shape shape) implements Op {
    @Override
    public List<TensorType> infer(List<Tensor> inputs) {
      Tensor x = inputs.get(0);
      if (!Shape.broadcast(x.shape(), shape).equals(shape)) {
        throw new ShapeException(x.shape() + " does not stretch to " + shape);
      }
      return List.of(new TensorType(x.element(), shape));
    }

    @Override
    public List<@Nullable Tensor> gradient(Node node, List<@Nullable Tensor> gradients) {
      return Arrays.asList(first(gradients).sumTo(node.input(0).shape()), null);
    }
  }

  /**
   * A range of one axis. Inputs: x, start, end, axis; sizes may be known only when the graph runs.
   */
  record Slice(int axis, Dim from, Dim to) implements Op {
    @Override
    public List<TensorType> infer(List<Tensor> inputs) {
      Tensor x = inputs.get(0);
      Dim whole = x.shape().dim(axis);
      // A fixed negative difference is out of range whatever the names stand for.
      if (isNegative(from) || isNegative(to.minus(from)) || isNegative(whole.minus(to))) {
        throw new ShapeException(
            "range " + from + " to " + to + " is not within axis " + axis + " of " + x.shape());
      }
      return List.of(new TensorType(x.element(), x.shape().with(axis, to.minus(from))));
    }

    @Override
    public List<@Nullable Tensor> gradient(Node node, List<@Nullable Tensor> gradients) {
      Dim whole = node.input(0).shape().dim(axis);
      return Arrays.asList(first(gradients).pad(axis, from, whole.minus(to)), null, null, null);
    }
  }

  /** One axis cut into consecutive pieces; the pieces' sizes are also the second input. */
  record Split(int axis, List<Long> sizes) implements Op {
    @Override
    public List<TensorType> infer(List<Tensor> inputs) {
      Tensor x = inputs.get(0);
      long sum = sizes.stream().mapToLong(Long::longValue).sum();
      if (!x.shape().dim(axis).equals(Dim.of(sum))) {
        throw new ShapeException(
            "pieces " + sizes + " do not fill axis " + axis + " of " + x.shape());
      }
      return sizes.stream()
          .map(size -> new TensorType(x.element(), x.shape().with(axis, Dim.of(size))))
          .toList();
    }

    @Override
    public Map<String, Object> attributes() {
      return Map.of("axis", (long) axis);
    }

    @Override
    public List<@Nullable Tensor> gradient(Node node, List<@Nullable Tensor> gradients) {
      List<Tensor> pieces = new ArrayList<>();
      for (int i = 0; i < gradients.size(); i++) {
        Tensor given = gradients.get(i);
        pieces.add(given != null ? given : node.graph().zeros(node.output(i).shape()));
      }
      return Arrays.asList(Tensor.concat(axis, pieces), null);
    }
  }

  /** Tensors one after another along an axis. */
  record Concat(int axis) implements Op {
    @Override
    public List<TensorType> infer(List<Tensor> inputs) {
      Shape common = inputs.get(0).shape();
      Dim sum = Dim.of(0);
      for (Tensor x : inputs) {
        requireElement(x, inputs.get(0).element());
        if (x.shape().rank() != common.rank()
            || !x.shape().with(axis, Dim.ONE).equals(common.with(axis, Dim.ONE))) {
          throw new ShapeException("all but axis " + axis + " must be equal");
        }
        sum = sum.plus(x.shape().dim(axis));
      }
      return List.of(new TensorType(inputs.get(0).element(), common.with(axis, sum)));
    }

    @Override
    public Map<String, Object> attributes() {
      return Map.of("axis", (long) axis);
    }

    @Override
    public List<@Nullable Tensor> gradient(Node node, List<@Nullable Tensor> gradients) {
      Tensor dy = first(gradients);
      List<@Nullable Tensor> pieces = new ArrayList<>();
      Dim from = Dim.of(0);
      for (Tensor x : node.inputs()) {
        Dim to = from.plus(x.shape().dim(axis));
        pieces.add(dy.slice(axis, from, to));
        from = to;
      }
      return pieces;
    }
  }

  /** Zeros before and after one axis; the second input holds all pads in ONNX's order. */
  record Pad(int axis, Dim before, Dim after) implements Op {
    @Override
    public List<TensorType> infer(List<Tensor> inputs) {
      Tensor x = inputs.get(0);
      if (isNegative(before) || isNegative(after)) {
        throw new ShapeException("pads " + before + " and " + after + " must not be negative");
      }
      Dim whole = before.plus(x.shape().dim(axis)).plus(after);
      return List.of(new TensorType(x.element(), x.shape().with(axis, whole)));
    }

    @Override
    public List<@Nullable Tensor> gradient(Node node, List<@Nullable Tensor> gradients) {
      Dim end = before.plus(node.input(0).shape().dim(axis));
      return Arrays.asList(first(gradients).slice(axis, before, end), null);
    }
  }
}
