package io.genrec.api.graph;

import java.util.ArrayList;
import java.util.List;
import org.apiguardian.api.API;

/**
 * One application of an op in a graph. Nodes are numbered in the order of building, which is a
 * topological order.
 */
@API(status = API.Status.STABLE, since = "0.1")
public final class Node {
  private final Graph graph;
  private final int index;
  private final Op op;
  private final String scope;
  private final List<Tensor> inputs;
  private final List<Tensor> outputs;

  Node(Graph graph, int index, Op op, String scope, List<Tensor> inputs, List<TensorType> types) {
    this.graph = graph;
    this.index = index;
    this.op = op;
    this.scope = scope;
    this.inputs = List.copyOf(inputs);
    List<Tensor> created = new ArrayList<>();
    for (int i = 0; i < types.size(); i++) {
      created.add(new Tensor(this, i, types.get(i)));
    }
    this.outputs = List.copyOf(created);
  }

  /** The graph that this node is part of. */
  public Graph graph() {
    return graph;
  }

  /** The node's number in its graph, from 0. */
  public int index() {
    return index;
  }

  /** What is computed. */
  public Op op() {
    return op;
  }

  /** The scope in which the node was built, for example {@code hstu/layer0}. */
  public String scope() {
    return scope;
  }

  /** What goes in. */
  public List<Tensor> inputs() {
    return inputs;
  }

  /** The i-th input. */
  public Tensor input(int i) {
    return inputs.get(i);
  }

  /** What comes out. */
  public List<Tensor> outputs() {
    return outputs;
  }

  /** The i-th output. */
  public Tensor output(int i) {
    return outputs.get(i);
  }

  @Override
  public String toString() {
    return op.onnxName() + "#" + index + (scope.isEmpty() ? "" : "@" + scope) + inputs;
  }
}
