package io.genrec.api.graph;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Deque;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apiguardian.api.API;
import org.jspecify.annotations.Nullable;

/**
 * A formula with a name. An engine that has a kernel of this name may run it in the formula's
 * place; all others compute the formula, and so does every exported graph.
 *
 * <p>The inputs are the kernel's operands and then the formula's results, which are built of the
 * operands and parameters of the graph alone. The gradient is a formula with a name, too: {@code
 * <name>Gradient}, whose operands are these operands and the gradients by the results, and whose
 * results are the gradients by all real operands.
 *
 * @param name the kernel's name
 * @param attributes the kernel's attributes, as {@link Op#attributes}
 * @param count how many results there are
 */
@API(status = API.Status.EXPERIMENTAL, since = "0.1")
public record Fused(String name, Map<String, Object> attributes, int count) implements Op {
  /** The domain of all kernels. */
  public static final String DOMAIN = "io.genrec";

  /** Copies the attributes. */
  public Fused {
    attributes = Map.copyOf(attributes);
  }

  /**
   * Names a formula.
   *
   * <p>A formula that is given one real tensor as two operands, such as attention whose keys are
   * its values, gets no name: its gradient by that tensor is one, while a kernel would give two
   * parts of it.
   *
   * @param operands what a kernel is given, in its order
   * @param results what the formula makes of them
   * @return the results, by kernel or formula
   * @throws IllegalArgumentException if the formula reads a real input or parameter by another way
   *     than through its operands, where a kernel could not see it
   */
  public static List<Tensor> of(
      String name, Map<String, Object> attributes, List<Tensor> operands, List<Tensor> results) {
    requireClosed(name, operands, results);
    if (repeatsReal(operands)) {
      return List.copyOf(results);
    }
    List<Tensor> inputs = new ArrayList<>(operands);
    inputs.addAll(results);
    Graph graph = results.get(0).graph();
    return graph.add(new Fused(name, attributes, results.size()), inputs).outputs();
  }

  private static boolean repeatsReal(List<Tensor> operands) {
    List<Tensor> reals =
        operands.stream().filter(operand -> operand.element() == ElementType.FLOAT).toList();
    return Set.copyOf(reals).size() < reals.size();
  }

  private static void requireClosed(String name, List<Tensor> operands, List<Tensor> results) {
    Set<Tensor> seen = new HashSet<>(operands);
    Deque<Tensor> open = new ArrayDeque<>(results);
    while (!open.isEmpty()) {
      Tensor next = open.remove();
      if (!seen.add(next) || next.node().op() instanceof Sources.ShapeOf) {
        continue; // Sizes are not values.
      }
      if (next.node().op() instanceof Sources.Input && next.element() == ElementType.FLOAT) {
        throw new IllegalArgumentException(
            "the formula \"" + name + "\" reads " + next + ", which is none of its operands");
      }
      open.addAll(next.node().inputs());
    }
  }

  /** What a kernel is given. */
  public List<Tensor> operands(Node node) {
    return node.inputs().subList(0, node.inputs().size() - count);
  }

  /** What the formula gives. */
  public List<Tensor> results(Node node) {
    return node.inputs().subList(node.inputs().size() - count, node.inputs().size());
  }

  /** The name with its domain. */
  @Override
  public String onnxName() {
    return DOMAIN + "." + name;
  }

  @Override
  public List<TensorType> infer(List<Tensor> inputs) {
    return inputs.subList(inputs.size() - count, inputs.size()).stream().map(Tensor::type).toList();
  }

  /** Through the formula alone: whoever knows kernels makes the gradient's formula first. */
  @Override
  public List<@Nullable Tensor> gradient(Node node, List<@Nullable Tensor> gradients) {
    List<@Nullable Tensor> inner =
        new ArrayList<>(Collections.nCopies(node.inputs().size() - count, null));
    inner.addAll(gradients);
    return inner;
  }
}
