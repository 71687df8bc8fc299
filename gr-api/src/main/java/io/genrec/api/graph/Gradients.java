package io.genrec.api.graph;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apiguardian.api.API;
import org.jspecify.annotations.Nullable;

/** Reverse-mode differentiation: gradients are further nodes of the same graph. */
@API(status = API.Status.STABLE, since = "0.1")
public final class Gradients {
  private Gradients() {}

  /**
   * The gradients of a scalar.
   *
   * @param loss a real scalar
   * @param sources the tensors to differentiate by
   * @return one gradient per source, in its shape; zeros where the loss does not depend on it
   * @throws UnsupportedOperationException if a way from a source to the loss is through an op
   *     without gradient, unless {@link Tensor#stopGradient} is on that way; the message says which
   *     op and why
   */
  public static List<Tensor> of(Tensor loss, List<Tensor> sources) {
    if (!loss.shape().equals(Shape.SCALAR) || loss.element() != ElementType.FLOAT) {
      throw new IllegalArgumentException("a gradient is taken of a real scalar but not of " + loss);
    }
    return of(loss.graph(), Map.of(loss, loss.graph().constant(1.0)), sources);
  }

  /**
   * The gradients of a loss that is known by its gradients with respect to some tensors.
   *
   * @param seeds the loss's gradient with respect to a tensor of the graph, in the tensor's shape
   */
  static List<Tensor> of(Graph graph, Map<Tensor, Tensor> seeds, List<Tensor> sources) {
    return flow(graph, seeds, sources, false);
  }

  /**
   * Spreads gradients backwards.
   *
   * @param seeds the gradients of some tensors of one graph
   * @param given whether sources count as given, so that nothing flows past them
   * @return one gradient per source
   */
  private static List<Tensor> flow(
      Graph graph, Map<Tensor, Tensor> seeds, List<Tensor> sources, boolean given) {
    Map<Tensor, Tensor> gradients = new HashMap<>(seeds);
    int last = seeds.keySet().stream().mapToInt(seed -> seed.node().index()).max().orElse(-1);
    List<Node> nodes = List.copyOf(graph.nodes().subList(0, last + 1));
    Set<Tensor> dependent = dependentOn(sources, nodes);
    for (int i = last; i >= 0; i--) {
      Node node = nodes.get(i);
      if (given && node.outputs().stream().anyMatch(sources::contains)) {
        continue;
      }
      List<@Nullable Tensor> outer = new ArrayList<>();
      node.outputs().forEach(output -> outer.add(gradients.get(output)));
      boolean reached = outer.stream().anyMatch(gradient -> gradient != null);
      if (reached && node.inputs().stream().anyMatch(dependent::contains)) {
        spread(node, outer, dependent, gradients);
      }
    }
    return sources.stream()
        .map(
            source ->
                gradients.containsKey(source) ? gradients.get(source) : graph.zeros(source.shape()))
        .toList();
  }

  /** The real tensors through which a source can change the loss. */
  private static Set<Tensor> dependentOn(List<Tensor> sources, List<Node> nodes) {
    Set<Tensor> dependent = new HashSet<>(sources);
    for (Node node : nodes) {
      if (!node.op().stopsGradient() && node.inputs().stream().anyMatch(dependent::contains)) {
        node.outputs().stream()
            .filter(output -> output.element() == ElementType.FLOAT)
            .forEach(dependent::add);
      }
    }
    return dependent;
  }

  private static void spread(
      Node node,
      List<@Nullable Tensor> outer,
      Set<Tensor> dependent,
      Map<Tensor, Tensor> gradients) {
    List<@Nullable Tensor> inner;
    try (var scope = node.graph().enter("gradient/" + node.scope())) {
      inner =
          node.op() instanceof Fused fused
              ? fused(fused, node, outer)
              : node.op().gradient(node, outer);
      for (int i = 0; i < node.inputs().size(); i++) {
        Tensor input = node.input(i);
        Tensor gradient = inner.get(i);
        if (gradient == null || !dependent.contains(input)) {
          continue;
        }
        if (!gradient.shape().equals(input.shape())) {
          throw new IllegalStateException(
              node.op().onnxName()
                  + " gives a gradient "
                  + gradient.shape()
                  + " for an input "
                  + input.shape());
        }
        gradients.merge(input, gradient, Tensor::plus);
      }
    }
  }

  /** The gradient of a formula with a name, under a name. */
  private static List<@Nullable Tensor> fused(
      Fused fused, Node node, List<@Nullable Tensor> outer) {
    List<Tensor> operands = new ArrayList<>(fused.operands(node));
    Map<Tensor, Tensor> seeds = new HashMap<>();
    List<Tensor> given = new ArrayList<>(operands);
    for (int i = 0; i < outer.size(); i++) {
      Tensor gradient = outer.get(i);
      Tensor result = fused.results(node).get(i);
      Tensor known = gradient != null ? gradient : node.graph().zeros(result.shape());
      seeds.put(result, known);
      given.add(known);
    }
    List<Tensor> reals =
        operands.stream().filter(operand -> operand.element() == ElementType.FLOAT).toList();
    Iterator<Tensor> gradients =
        Fused.of(
                fused.name() + "Gradient",
                fused.attributes(),
                given,
                flow(node.graph(), seeds, reals, true))
            .iterator();
    List<@Nullable Tensor> inner = new ArrayList<>();
    for (Tensor input : node.inputs()) {
      boolean real = inner.size() < operands.size() && input.element() == ElementType.FLOAT;
      inner.add(real ? gradients.next() : null);
    }
    return inner;
  }
}
