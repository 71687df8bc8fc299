package io.genrec.api.graph;

import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Ops that make values from nothing, or from sizes. */
final class Sources {
  private Sources() {}

  /** A value that the caller gives. */
  record Input(String name, TensorType type) implements Op.NotDifferentiable {
    @Override
    public List<TensorType> infer(List<Tensor> inputs) {
      return List.of(type);
    }

    @Override
    public String notDifferentiable() {
      return "it has no inputs";
    }
  }

  /** Values known when the graph is built: reals for FLOAT, whole numbers otherwise. */
  record Constant(TensorType type, List<? extends Number> values) implements Op.NotDifferentiable {
    static Constant real(Shape shape, double... values) {
      return new Constant(
          new TensorType(ElementType.FLOAT, shape), Arrays.stream(values).boxed().toList());
    }

    static Constant whole(Shape shape, long... values) {
      return new Constant(
          new TensorType(ElementType.INT64, shape), Arrays.stream(values).boxed().toList());
    }

    @Override
    public List<TensorType> infer(List<Tensor> inputs) {
      return List.of(type);
    }

    @Override
    public Map<String, Object> attributes() {
      return Map.of("value", new Literal(type, values));
    }

    @Override
    public String notDifferentiable() {
      return "it has no inputs";
    }
  }

  /** One real value repeated: sizes to that shape. */
  record ConstantOfShape(double value, Shape shape) implements Op.NotDifferentiable {
    @Override
    public List<TensorType> infer(List<Tensor> inputs) {
      return List.of(new TensorType(ElementType.FLOAT, shape));
    }

    @Override
    public Map<String, Object> attributes() {
      return Map.of(
          "value", new Literal(new TensorType(ElementType.FLOAT, Shape.of(1)), List.of(value)));
    }

    @Override
    public String notDifferentiable() {
      return "its inputs are sizes";
    }
  }

  /** Whole numbers from start to end (exclusive) by a step. */
  record Range(Dim dim) implements Op.NotDifferentiable {
    @Override
    public List<TensorType> infer(List<Tensor> inputs) {
      return List.of(new TensorType(ElementType.INT64, new Shape(List.of(dim))));
    }

    @Override
    public String notDifferentiable() {
      return "its values are whole numbers";
    }
  }

  /** The sizes of a tensor. */
  record ShapeOf() implements Op.NotDifferentiable {
    @Override
    public String onnxName() {
      return "Shape";
    }

    @Override
    public List<TensorType> infer(List<Tensor> inputs) {
      return List.of(new TensorType(ElementType.INT64, Shape.of(inputs.get(0).shape().rank())));
    }

    @Override
    public String notDifferentiable() {
      return "sizes do not depend on values";
    }
  }

  /** The same values, with no gradient. */
  record StopGradient() implements Op {
    @Override
    public String onnxName() {
      return "Identity";
    }

    @Override
    public List<TensorType> infer(List<Tensor> inputs) {
      return List.of(inputs.get(0).type());
    }

    @Override
    public boolean stopsGradient() {
      return true;
    }

    @Override
    public List<@Nullable Tensor> gradient(Node node, List<@Nullable Tensor> gradients) {
      return Arrays.asList((Tensor) null);
    }
  }
}
