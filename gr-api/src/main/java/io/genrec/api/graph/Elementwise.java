package io.genrec.api.graph;

import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Ops that work on each entry by itself, with operands stretched to a common shape. */
final class Elementwise {
  private Elementwise() {}

  /** One real operand. */
  interface Unary extends Op {
    /** dy times the derivative at x, where y is the op's own output. */
    Tensor gradient(Tensor x, Tensor y, Tensor dy);

    @Override
    default List<TensorType> infer(List<Tensor> inputs) {
      requireElement(inputs.get(0), ElementType.FLOAT);
      return List.of(inputs.get(0).type());
    }

    @Override
    default List<@Nullable Tensor> gradient(Node node, List<@Nullable Tensor> gradients) {
      return Arrays.asList(gradient(node.input(0), node.output(0), first(gradients)));
    }
  }

  static Tensor first(List<@Nullable Tensor> gradients) {
    return java.util.Objects.requireNonNull(
        gradients.get(0), "the only output of this op has no gradient");
  }

  static void requireElement(Tensor x, ElementType element) {
    if (x.element() != element) {
      throw new ShapeException("expected " + element + " but got " + x.element());
    }
  }

  static void requireNumber(Tensor x) {
    if (x.element() == ElementType.BOOL) {
      throw new ShapeException("expected numbers but got " + x.element());
    }
  }

  record Exp() implements Unary {
    @Override
    public Tensor gradient(Tensor x, Tensor y, Tensor dy) {
      return dy.times(y);
    }
  }

  record Log() implements Unary {
    @Override
    public Tensor gradient(Tensor x, Tensor y, Tensor dy) {
      return dy.dividedBy(x);
    }
  }

  record Sqrt() implements Unary {
    @Override
    public Tensor gradient(Tensor x, Tensor y, Tensor dy) {
      return dy.times(0.5).dividedBy(y);
    }
  }

  record Reciprocal() implements Unary {
    @Override
    public Tensor gradient(Tensor x, Tensor y, Tensor dy) {
      return dy.times(y).times(y).negate();
    }
  }

  record Sigmoid() implements Unary {
    @Override
    public Tensor gradient(Tensor x, Tensor y, Tensor dy) {
      return dy.times(y).times(y.negate().plus(1));
    }
  }

  record Tanh() implements Unary {
    @Override
    public Tensor gradient(Tensor x, Tensor y, Tensor dy) {
      return dy.times(y.times(y).negate().plus(1));
    }
  }

  record Relu() implements Unary {
    @Override
    public Tensor gradient(Tensor x, Tensor y, Tensor dy) {
      return dy.times(y.greaterThan(0).cast(ElementType.FLOAT));
    }
  }

  record Erf() implements Unary {
    @Override
    public Tensor gradient(Tensor x, Tensor y, Tensor dy) {
      return dy.times(x.times(x).negate().exp().times(2 / Math.sqrt(Math.PI)));
    }
  }

  record Sin() implements Unary {
    @Override
    public Tensor gradient(Tensor x, Tensor y, Tensor dy) {
      return dy.times(x.cos());
    }
  }

  record Cos() implements Unary {
    @Override
    public Tensor gradient(Tensor x, Tensor y, Tensor dy) {
      return dy.times(x.sin()).negate();
    }
  }

  /** Negation of a real or whole number. */
  record Neg() implements Op {
    @Override
    public List<TensorType> infer(List<Tensor> inputs) {
      requireNumber(inputs.get(0));
      return List.of(inputs.get(0).type());
    }

    @Override
    public List<@Nullable Tensor> gradient(Node node, List<@Nullable Tensor> gradients) {
      return Arrays.asList(first(gradients).negate());
    }
  }

  /** Magnitude of a real or whole number. */
  record Abs() implements Op {
    @Override
    public List<TensorType> infer(List<Tensor> inputs) {
      requireNumber(inputs.get(0));
      return List.of(inputs.get(0).type());
    }

    @Override
    public List<@Nullable Tensor> gradient(Node node, List<@Nullable Tensor> gradients) {
      return Arrays.asList(first(gradients).times(node.input(0).apply(new Sign())));
    }
  }

  /** -1, 0 or 1. */
  record Sign() implements Op.NotDifferentiable {
    @Override
    public List<TensorType> infer(List<Tensor> inputs) {
      requireNumber(inputs.get(0));
      return List.of(inputs.get(0).type());
    }

    @Override
    public String notDifferentiable() {
      return "it is constant but for a jump";
    }
  }

  /** The next whole number below, as a real. */
  record Floor() implements Op.NotDifferentiable {
    @Override
    public List<TensorType> infer(List<Tensor> inputs) {
      requireElement(inputs.get(0), ElementType.FLOAT);
      return List.of(inputs.get(0).type());
    }

    @Override
    public String notDifferentiable() {
      return "it is constant but for jumps";
    }
  }

  /**
   * x times sigmoid(x), given both: one product, with the gradient of the whole. The sigmoid gets
   * no gradient of its own.
   */
  record Silu() implements Op {
    @Override
    public String onnxName() {
      return "Mul";
    }

    @Override
    public List<TensorType> infer(List<Tensor> inputs) {
      return List.of(inputs.get(0).type());
    }

    @Override
    public List<@Nullable Tensor> gradient(Node node, List<@Nullable Tensor> gradients) {
      Tensor sigmoid = node.input(1);
      Tensor y = node.output(0);
      // y' = s + y (1 - s)
      Tensor slope = y.minus(y.times(sigmoid)).plus(sigmoid);
      return Arrays.asList(first(gradients).times(slope), null);
    }
  }

  /** Two operands of one element type. */
  interface Binary extends Op {
    /** The gradients with respect to a and b, in the shape of the output. */
    List<Tensor> gradient(Tensor a, Tensor b, Tensor y, Tensor dy);

    @Override
    default List<TensorType> infer(List<Tensor> inputs) {
      requireNumber(inputs.get(0));
      requireElement(inputs.get(1), inputs.get(0).element());
      return List.of(
          new TensorType(
              inputs.get(0).element(),
              Shape.broadcast(inputs.get(0).shape(), inputs.get(1).shape())));
    }

    @Override
    default List<@Nullable Tensor> gradient(Node node, List<@Nullable Tensor> gradients) {
      Tensor a = node.input(0);
      Tensor b = node.input(1);
      List<Tensor> full = gradient(a, b, node.output(0), first(gradients));
      return Arrays.asList(full.get(0).sumTo(a.shape()), full.get(1).sumTo(b.shape()));
    }
  }

  record Add() implements Binary {
    @Override
    public List<Tensor> gradient(Tensor a, Tensor b, Tensor y, Tensor dy) {
      return List.of(dy, dy);
    }
  }

  record Sub() implements Binary {
    @Override
    public List<Tensor> gradient(Tensor a, Tensor b, Tensor y, Tensor dy) {
      return List.of(dy, dy.negate());
    }
  }

  record Mul() implements Binary {
    @Override
    public List<Tensor> gradient(Tensor a, Tensor b, Tensor y, Tensor dy) {
      return List.of(dy.times(b), dy.times(a));
    }
  }

  record Div() implements Binary {
    @Override
    public List<Tensor> gradient(Tensor a, Tensor b, Tensor y, Tensor dy) {
      Tensor da = dy.dividedBy(b);
      return List.of(da, da.times(y).negate());
    }
  }

  /** The smaller of two; where they are equal the first gets the gradient. */
  record Min() implements Binary {
    @Override
    public List<Tensor> gradient(Tensor a, Tensor b, Tensor y, Tensor dy) {
      Tensor chosen = a.atMost(b).cast(ElementType.FLOAT);
      return List.of(dy.times(chosen), dy.times(chosen.negate().plus(1)));
    }
  }

  /** The larger of two; where they are equal the first gets the gradient. */
  record Max() implements Binary {
    @Override
    public List<Tensor> gradient(Tensor a, Tensor b, Tensor y, Tensor dy) {
      Tensor chosen = a.atLeast(b).cast(ElementType.FLOAT);
      return List.of(dy.times(chosen), dy.times(chosen.negate().plus(1)));
    }
  }

  /** The remainder of whole numbers, with the divisor's sign. */
  record Mod() implements Op.NotDifferentiable {
    @Override
    public List<TensorType> infer(List<Tensor> inputs) {
      inputs.forEach(x -> requireElement(x, ElementType.INT64));
      return List.of(
          new TensorType(
              ElementType.INT64, Shape.broadcast(inputs.get(0).shape(), inputs.get(1).shape())));
    }

    @Override
    public String notDifferentiable() {
      return "its values are whole numbers";
    }
  }

  /** A truth value from two operands. */
  interface Predicate extends Op.NotDifferentiable {
    /** Refuses operands of another element type. */
    default void require(Tensor x) {
      requireNumber(x);
    }

    @Override
    default List<TensorType> infer(List<Tensor> inputs) {
      require(inputs.get(0));
      requireElement(inputs.get(1), inputs.get(0).element());
      return List.of(
          new TensorType(
              ElementType.BOOL, Shape.broadcast(inputs.get(0).shape(), inputs.get(1).shape())));
    }

    @Override
    default String notDifferentiable() {
      return "its values are truth values";
    }
  }

  record Equal() implements Predicate {
    @Override
    public void require(Tensor x) {}
  }

  record Less() implements Predicate {}

  record LessOrEqual() implements Predicate {}

  record Greater() implements Predicate {}

  record GreaterOrEqual() implements Predicate {}

  record And() implements Predicate {
    @Override
    public void require(Tensor x) {
      requireElement(x, ElementType.BOOL);
    }
  }

  record Or() implements Predicate {
    @Override
    public void require(Tensor x) {
      requireElement(x, ElementType.BOOL);
    }
  }

  record Not() implements Op.NotDifferentiable {
    @Override
    public List<TensorType> infer(List<Tensor> inputs) {
      requireElement(inputs.get(0), ElementType.BOOL);
      return List.of(inputs.get(0).type());
    }

    @Override
    public String notDifferentiable() {
      return "its values are truth values";
    }
  }

  /** The second operand where the first is true, the third elsewhere. */
  record Where() implements Op {
    @Override
    public List<TensorType> infer(List<Tensor> inputs) {
      requireElement(inputs.get(0), ElementType.BOOL);
      requireNumber(inputs.get(1));
      requireElement(inputs.get(2), inputs.get(1).element());
      Shape shape =
          Shape.broadcast(
              inputs.get(0).shape(), Shape.broadcast(inputs.get(1).shape(), inputs.get(2).shape()));
      return List.of(new TensorType(inputs.get(1).element(), shape));
    }

    @Override
    public List<@Nullable Tensor> gradient(Node node, List<@Nullable Tensor> gradients) {
      Tensor condition = node.input(0);
      Tensor dy = first(gradients);
      Tensor zero = dy.graph().constant(0.0);
      return Arrays.asList(
          null,
          condition.where(dy, zero).sumTo(node.input(1).shape()),
          condition.where(zero, dy).sumTo(node.input(2).shape()));
    }
  }

  /** Another element type; reals are cut towards zero when they become whole. */
  record Cast(ElementType element) implements Op {
    @Override
    public List<TensorType> infer(List<Tensor> inputs) {
      return List.of(new TensorType(element, inputs.get(0).shape()));
    }

    @Override
    public Map<String, Object> attributes() {
      return Map.of("to", element);
    }

    @Override
    public List<@Nullable Tensor> gradient(Node node, List<@Nullable Tensor> gradients) {
      boolean real = element == ElementType.FLOAT && node.input(0).element() == ElementType.FLOAT;
      return Arrays.asList(real ? first(gradients) : null);
    }
  }
}
