package io.genrec.api.graph;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * The gradient of a recurrence: a recurrence in the other direction whose state is the gradient of
 * the state. Each step computes the forward step anew from the state before it.
 *
 * <p>A weight that is only ever the right factor of products gets its gradient after the loop, by
 * one product over all steps; the gradients of other constants are summed in the state.
 */
final class ScanGradient {
  private final Scan scan;
  private final Node node;
  private final List<@Nullable Tensor> given;

  /** What a step reads: one tensor for each operand. */
  private final List<Tensor> reads;

  /** What a step leaves: one tensor for each output. */
  private final List<Tensor> leaves;

  /** The state before each step and the inputs: the operands that differ from step to step. */
  private final List<Tensor> stacked = new ArrayList<>();

  private final List<Integer> realStates;
  private final List<Integer> realInputs;
  private final List<Integer> summed = new ArrayList<>();
  private final List<Product> products = new ArrayList<>();

  /** A product by a weight that is nothing but a factor. */
  private record Product(int weight, Tensor left, Tensor result) {}

  ScanGradient(Scan scan, Node node, List<@Nullable Tensor> given) {
    this.scan = scan;
    this.node = node;
    this.given = given;
    reads = List.copyOf(scan.body().inputs().values());
    leaves = List.copyOf(scan.body().outputs().values());
    for (int state = 0; state < scan.states(); state++) {
      stacked.add(before(node.input(state), node.output(scan.states() + state)));
    }
    stacked.addAll(node.inputs().subList(scan.states(), scan.states() + scan.inputs()));
    Set<Tensor> used = used();
    realStates = real(0, scan.states(), used);
    realInputs = real(scan.states(), stacked.size(), used);
    for (int constant : real(stacked.size(), reads.size(), used)) {
      productsBy(constant).ifPresentOrElse(products::addAll, () -> summed.add(constant));
    }
  }

  private List<Integer> real(int from, int to, Set<Tensor> used) {
    return IntStream.range(from, to)
        .filter(i -> reads.get(i).element() == ElementType.FLOAT && used.contains(reads.get(i)))
        .boxed()
        .toList();
  }

  /** The states, read or not, and all that they and the outputs with a gradient are made of. */
  private Set<Tensor> used() {
    Set<Tensor> used = new HashSet<>(reads.subList(0, scan.states()));
    for (int i = 0; i < leaves.size(); i++) {
      if (i < scan.states() || given.get(i) != null) {
        used.add(leaves.get(i));
      }
    }
    List<Node> nodes = scan.body().nodes();
    for (int i = nodes.size() - 1; i >= 0; i--) {
      if (nodes.get(i).outputs().stream().anyMatch(used::contains)) {
        used.addAll(nodes.get(i).inputs());
      }
    }
    return used;
  }

  /** The state before each step, of the state before all and the state after each. */
  private Tensor before(Tensor initial, Tensor after) {
    Dim steps = after.dim(0);
    Tensor first = initial.unsqueeze(0);
    return scan.reversed()
        ? Tensor.concat(0, List.of(after, first)).slice(0, Dim.ONE, steps.plus(Dim.ONE))
        : Tensor.concat(0, List.of(first, after)).slice(0, Dim.of(0), steps);
  }

  /** All that a constant is used for, if it is but the right factor of products. */
  private Optional<List<Product>> productsBy(int constant) {
    Tensor weight = reads.get(constant);
    boolean factor = weight.shape().rank() == 2 && !leaves.contains(weight);
    List<Product> found = new ArrayList<>();
    for (Node reader : scan.body().nodes()) {
      if (reader.inputs().contains(weight)) {
        Tensor left = reader.input(0);
        factor &= reader.op() instanceof Products.MatMul && reads.indexOf(left) < stacked.size();
        found.add(new Product(constant, left, reader.output(0)));
      }
    }
    return factor ? Optional.of(found) : Optional.empty();
  }

  /** One gradient per operand; null for whole numbers, and for what no step uses. */
  List<@Nullable Tensor> byOperand() {
    List<Tensor> initial = new ArrayList<>();
    for (int state : realStates) {
      Tensor last = given.get(state);
      initial.add(last != null ? last : zeros(state));
    }
    summed.forEach(constant -> initial.add(zeros(constant)));
    List<Tensor> inputs = new ArrayList<>(stacked);
    given.stream().skip(scan.states()).filter(Objects::nonNull).forEach(inputs::add);
    List<Tensor> constants = node.inputs().subList(stacked.size(), reads.size());
    Recurrence.Result back =
        Recurrence.over(initial, inputs, constants, this::step, !scan.reversed());

    @Nullable Tensor[] gradients = new Tensor[reads.size()];
    int next = 0;
    for (List<Integer> operands : List.of(realStates, summed)) {
      for (int operand : operands) {
        gradients[operand] = back.last().get(next++);
      }
    }
    next = 0;
    for (int input : realInputs) {
      gradients[input] = back.outputs().get(next++);
    }
    for (Product product : products) {
      Tensor slope = back.outputs().get(next++);
      int place = reads.indexOf(product.left());
      Tensor left = place >= 0 ? stacked.get(place) : back.outputs().get(next++);
      Tensor sum = left.rows().swap(0, 1).matmul(slope.rows());
      Tensor others = gradients[product.weight()];
      gradients[product.weight()] = others == null ? sum : others.plus(sum);
    }
    return Arrays.asList(gradients);
  }

  private Tensor zeros(int operand) {
    return node.graph().zeros(node.input(operand).shape());
  }

  /** One step back: states and outputs in the order in which {@link #byOperand} reads them. */
  private Recurrence.Step step(List<Tensor> states, List<Tensor> inputs, List<Tensor> constants) {
    Graph graph = inputs.get(0).graph();
    Map<Tensor, Tensor> copies = new HashMap<>();
    for (int i = 0; i < reads.size(); i++) {
      int constant = i - stacked.size();
      copies.put(reads.get(i), constant < 0 ? inputs.get(i) : constants.get(constant));
    }
    scan.body().repeatIn(graph, copies);

    Map<Tensor, Tensor> known = new HashMap<>();
    int next = 0;
    for (int state : realStates) {
      known.merge(copy(copies, leaves.get(state)), states.get(next++), Tensor::plus);
    }
    next = stacked.size();
    for (int output = scan.states(); output < given.size(); output++) {
      if (given.get(output) != null) {
        known.merge(copy(copies, leaves.get(output)), inputs.get(next++), Tensor::plus);
      }
    }
    List<Tensor> sources = new ArrayList<>();
    for (List<Integer> operands : List.of(realStates, summed, realInputs)) {
      operands.forEach(operand -> sources.add(copy(copies, reads.get(operand))));
    }
    products.forEach(product -> sources.add(copy(copies, product.result())));
    List<Tensor> found = new ArrayList<>(Gradients.of(graph, known, sources));

    for (int i = realStates.size(); i < states.size(); i++) {
      found.set(i, found.get(i).plus(states.get(i)));
    }
    List<Tensor> outputs =
        new ArrayList<>(found.subList(states.size(), states.size() + realInputs.size()));
    next = states.size() + realInputs.size();
    for (Product product : products) {
      outputs.add(found.get(next++));
      if (!reads.contains(product.left())) {
        outputs.add(copy(copies, product.left()));
      }
    }
    return new Recurrence.Step(found.subList(0, states.size()), outputs);
  }

  private static Tensor copy(Map<Tensor, Tensor> copies, Tensor original) {
    return Objects.requireNonNull(copies.get(original));
  }
}
