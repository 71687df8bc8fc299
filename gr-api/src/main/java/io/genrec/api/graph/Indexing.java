package io.genrec.api.graph;

import static io.genrec.api.graph.Elementwise.first;
import static io.genrec.api.graph.Elementwise.requireElement;

import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Ops that read and add entries by index. */
final class Indexing {
  private Indexing() {}

  private static void requireEqualBut(int axis, Tensor data, Tensor ids) {
    if (ids.shape().rank() != data.shape().rank()
        || !ids.shape().with(axis, Dim.ONE).equals(data.shape().with(axis, Dim.ONE))) {
      throw new ShapeException("all but axis " + axis + " must be equal");
    }
  }

  /**
   * Rows of the first axis by index: {@code [rows, ...]} and {@code [i, j]} give {@code [i, j,
   * ...]}.
   */
  record Gather() implements Op {
    @Override
    public List<TensorType> infer(List<Tensor> inputs) {
      Tensor table = inputs.get(0);
      requireElement(inputs.get(1), ElementType.INT64);
      Shape row = table.shape().without(0);
      return List.of(new TensorType(table.element(), inputs.get(1).shape().followedBy(row)));
    }

    @Override
    public Map<String, Object> attributes() {
      return Map.of("axis", 0L);
    }

    @Override
    public List<@Nullable Tensor> gradient(Node node, List<@Nullable Tensor> gradients) {
      Tensor table = node.input(0);
      Tensor ids = node.input(1);
      Tensor flatIds = ids.reshape(new Shape(List.of(ids.shape().entries())));
      Shape row = table.shape().without(0);
      Tensor updates =
          first(gradients).reshape(new Shape(List.of(ids.shape().entries())).followedBy(row));
      Tensor zeros = table.graph().zeros(table.shape());
      return Arrays.asList(zeros.scatterAdd(flatIds, updates), null);
    }
  }

  /**
   * Rows added to rows by index: {@code [rows, ...]}, {@code [n, 1]}, {@code [n, ...]}. Indices may
   * repeat; ONNX Runtime sums repeated ones rightly with one intra-op thread only, so the engine
   * rewrites this op for other sessions.
   */
  record ScatterND() implements Op {
    @Override
    public List<TensorType> infer(List<Tensor> inputs) {
      Tensor data = inputs.get(0);
      Tensor ids = inputs.get(1);
      Tensor updates = inputs.get(2);
      requireElement(ids, ElementType.INT64);
      requireElement(updates, data.element());
      if (ids.shape().rank() != 2 || !ids.shape().dim(1).equals(Dim.ONE)) {
        throw new ShapeException("indices must be [n, 1] but are " + ids.shape());
      }
      if (!updates.shape().equals(data.shape().with(0, ids.shape().dim(0)))) {
        throw new ShapeException(
            "updates " + updates.shape() + " are not one row of " + data.shape() + " per index");
      }
      return List.of(data.type());
    }

    @Override
    public Map<String, Object> attributes() {
      return Map.of("reduction", "add");
    }

    @Override
    public List<@Nullable Tensor> gradient(Node node, List<@Nullable Tensor> gradients) {
      Tensor dy = first(gradients);
      return Arrays.asList(dy, null, dy.gather(node.input(1).squeeze(1)));
    }
  }

  /** Entries along one axis by index: the output has the indices' shape. */
  record GatherElements(int axis) implements Op {
    @Override
    public List<TensorType> infer(List<Tensor> inputs) {
      Tensor data = inputs.get(0);
      Tensor ids = inputs.get(1);
      requireElement(ids, ElementType.INT64);
      requireEqualBut(axis, data, ids);
      return List.of(new TensorType(data.element(), ids.shape()));
    }

    @Override
    public Map<String, Object> attributes() {
      return Map.of("axis", (long) axis);
    }

    @Override
    public List<@Nullable Tensor> gradient(Node node, List<@Nullable Tensor> gradients) {
      Tensor data = node.input(0);
      Tensor zeros = data.graph().zeros(data.shape());
      return Arrays.asList(zeros.scatterAddElements(axis, node.input(1), first(gradients)), null);
    }
  }

  /** Entries added along one axis by index, which may repeat. */
  record ScatterElements(int axis) implements Op {
    @Override
    public List<TensorType> infer(List<Tensor> inputs) {
      Tensor data = inputs.get(0);
      requireElement(inputs.get(1), ElementType.INT64);
      requireElement(inputs.get(2), data.element());
      if (!inputs.get(1).shape().equals(inputs.get(2).shape())) {
        throw new ShapeException("indices and updates must have one shape");
      }
      requireEqualBut(axis, data, inputs.get(1));
      return List.of(data.type());
    }

    @Override
    public Map<String, Object> attributes() {
      return Map.of("axis", (long) axis, "reduction", "add");
    }

    @Override
    public List<@Nullable Tensor> gradient(Node node, List<@Nullable Tensor> gradients) {
      Tensor dy = first(gradients);
      return Arrays.asList(dy, null, dy.gatherElements(axis, node.input(1)));
    }
  }
}
