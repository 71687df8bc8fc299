package io.genrec.api.graph;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import org.apiguardian.api.API;

/**
 * A computation in symbols: inputs, nodes in topological order, and named outputs.
 *
 * <p>Not thread-safe while it is built. A graph in training mode lets {@link Dropout} act; any
 * other graph makes it the identity.
 */
@API(status = API.Status.STABLE, since = "0.1")
public final class Graph {
  private final String name;
  private final boolean training;
  private final List<Node> nodes = new ArrayList<>();
  private final Map<String, Tensor> inputs = new LinkedHashMap<>();
  private final Map<String, Parameter> parameters = new LinkedHashMap<>();
  private final Map<String, Double> dropouts = new LinkedHashMap<>();
  private final Map<String, Tensor> outputs = new LinkedHashMap<>();
  private final Map<String, Tensor> sizes = new LinkedHashMap<>();
  private final Map<Dim, Dim> bounds = new LinkedHashMap<>();
  private final Map<String, Long> limits = new LinkedHashMap<>();
  private final Deque<String> scopes = new ArrayDeque<>();

  private Graph(String name, boolean training) {
    this.name = name;
    this.training = training;
  }

  /** An empty graph for inference. */
  public static Graph inference(String name) {
    return new Graph(name, false);
  }

  /** An empty graph for training: dropout acts. */
  public static Graph training(String name) {
    return new Graph(name, true);
  }

  /** The graph's name, for example {@code train}. */
  public String name() {
    return name;
  }

  /** Whether dropout acts. */
  public boolean isTraining() {
    return training;
  }

  /**
   * An input by name: declared at the first call, the same tensor afterwards.
   *
   * @throws ShapeException if it was declared before with another type
   */
  public Tensor input(String inputName, ElementType element, Object... dims) {
    return source(inputName, new TensorType(element, Shape.of(dims)));
  }

  Tensor source(String inputName, TensorType type) {
    Tensor declared = inputs.get(inputName);
    if (declared != null) {
      if (!declared.type().equals(type)) {
        throw new ShapeException(
            "input \""
                + inputName
                + "\" of graph "
                + name
                + " was declared as "
                + declared.type()
                + " and now as "
                + type);
      }
      return declared;
    }
    if (outputs.containsKey(inputName)) {
      throw new IllegalArgumentException(
          "graph " + name + " has an output \"" + inputName + "\", so no input can be called so");
    }
    Tensor created = add(new Sources.Input(inputName, type), List.of()).output(0);
    inputs.put(inputName, created);
    return created;
  }

  /**
   * The one-entry input that says how large a named dimension is, for a size that no other input
   * shows (top-k's k).
   */
  public Tensor sizeInput(String dim) {
    Tensor size = input(dim, ElementType.INT64, 1);
    sizes.putIfAbsent(dim, size);
    return size;
  }

  /**
   * A named dimension whose size the graph finds when it runs, so that no input has it and no
   * output may have it. Asked for again by its name, it is the same dimension.
   *
   * @param size whole {@code [1]}
   * @param most a size that it never exceeds and that inputs show
   */
  public Dim computedSize(String dim, Tensor size, Dim most) {
    Dim computed = Dim.of(dim);
    if (bounds.putIfAbsent(computed, most) == null) {
      sizes.put(dim, size);
    }
    return computed;
  }

  /** An empty graph that this one runs as a part: dropout acts as here, names of scopes go on. */
  Graph inner(String innerName) {
    Graph inner = new Graph(name + "/" + innerName, training);
    inner.scopes.addAll(scopes);
    return inner;
  }

  /** What an inner graph reads by name, in this graph: a parameter, a dropout mask or an input. */
  Tensor likewise(Graph inner, String inputName) {
    Tensor read = Objects.requireNonNull(inner.inputs.get(inputName));
    Parameter parameter = inner.parameters.get(inputName);
    Double rate = inner.dropouts.get(inputName);
    if (parameter != null) {
      return read(parameter);
    }
    return rate != null
        ? dropoutMask(inputName.substring(Dropout.INPUT_PREFIX.length()), rate, read.shape())
        : source(inputName, read.type());
  }

  /**
   * Builds what some tensors of this graph are made of in another graph.
   *
   * @param given what stands there for tensors of this graph: for every input that the wanted ones
   *     are made of, and for any other tensor that is not to be made again
   * @param wanted tensors of this graph
   * @return what stands for the wanted tensors, in their order
   * @throws IllegalArgumentException if an input is needed for which nothing is given
   */
  public List<Tensor> copyInto(Graph target, Map<Tensor, Tensor> given, List<Tensor> wanted) {
    Set<Tensor> needed = new HashSet<>(wanted);
    for (int i = nodes.size() - 1; i >= 0; i--) {
      Node node = nodes.get(i);
      if (node.outputs().stream().anyMatch(o -> needed.contains(o) && !given.containsKey(o))) {
        if (node.op() instanceof Sources.Input input) {
          throw new IllegalArgumentException(
              "nothing is given for the input \"" + input.name() + "\" of graph " + name);
        }
        needed.addAll(node.inputs());
      }
    }
    Map<Tensor, Tensor> copies = new HashMap<>(given);
    repeatIn(target, copies, node -> node.outputs().stream().anyMatch(needed::contains));
    return wanted.stream().map(copies::get).map(Objects::requireNonNull).toList();
  }

  /**
   * Builds the nodes of this graph in another one.
   *
   * @param copies what stands for each input; receives what stands for each other tensor
   */
  void repeatIn(Graph target, Map<Tensor, Tensor> copies) {
    repeatIn(target, copies, node -> true);
  }

  private void repeatIn(Graph target, Map<Tensor, Tensor> copies, Predicate<Node> wanted) {
    for (Node node : nodes) {
      if (copies.containsKey(node.output(0)) || !wanted.test(node)) {
        continue;
      }
      List<Tensor> operands =
          node.inputs().stream()
              .map(operand -> Objects.requireNonNull(copies.get(operand)))
              .toList();
      Node copy = target.add(node.op(), operands);
      for (int i = 0; i < node.outputs().size(); i++) {
        copies.put(node.output(i), copy.output(i));
      }
    }
  }

  Tensor read(Parameter parameter) {
    Parameter known = parameters.get(parameter.name());
    if (known == null) {
      requireNew(parameter.name(), "parameter");
      parameters.put(parameter.name(), parameter);
    } else if (known != parameter) {
      throw new IllegalArgumentException("two parameters are called \"" + parameter.name() + "\"");
    }
    return source(parameter.name(), new TensorType(ElementType.FLOAT, parameter.shape()));
  }

  private void requireNew(String inputName, String kind) {
    if (inputs.containsKey(inputName)) {
      throw new IllegalArgumentException(
          "the " + kind + " \"" + inputName + "\" of graph " + name + " is called like an input");
    }
  }

  Tensor dropoutMask(String site, double rate, Shape shape) {
    String input = Dropout.INPUT_PREFIX + site;
    if (dropouts.putIfAbsent(input, rate) != null) {
      throw new IllegalStateException(
          "dropout site \"" + site + "\" is applied twice in graph " + name);
    }
    requireNew(input, "dropout mask");
    // Masks are made before the graph runs, so where it computes a size they are cut to it.
    Shape made =
        new Shape(shape.dims().stream().map(dim -> bounds.getOrDefault(dim, dim)).toList());
    Tensor mask = source(input, new TensorType(ElementType.FLOAT, made));
    for (int axis = 0; axis < shape.rank(); axis++) {
      mask = mask.slice(axis, Dim.of(0), shape.dim(axis));
    }
    return mask;
  }

  /**
   * All inputs by name, parameters and dropout masks included, in the order of their declaration.
   */
  public Map<String, Tensor> inputs() {
    return Collections.unmodifiableMap(inputs);
  }

  /** The parameters that this graph reads, by name. */
  public Map<String, Parameter> parameters() {
    return Collections.unmodifiableMap(parameters);
  }

  /** The inputs that take dropout masks, with the rate at which entries are dropped. */
  public Map<String, Double> dropouts() {
    return Collections.unmodifiableMap(dropouts);
  }

  /**
   * Says how large a named dimension may be when this graph runs; a larger one is refused. Of two
   * limits the smaller one holds.
   */
  public void limit(String dim, long most) {
    limits.merge(dim, most, Math::min);
  }

  /** How large named dimensions may be when this graph runs. */
  public Map<String, Long> limits() {
    return Collections.unmodifiableMap(limits);
  }

  /** The nodes in topological order. */
  public List<Node> nodes() {
    return Collections.unmodifiableList(nodes);
  }

  /**
   * Names an output.
   *
   * @throws IllegalArgumentException if the name is taken, also by an input that is not this
   *     tensor, or the tensor belongs to another graph
   */
  public void output(String outputName, Tensor tensor) {
    requireOwn(tensor);
    Tensor input = inputs.get(outputName);
    if (input != null && input != tensor) {
      throw new IllegalArgumentException(
          "graph " + name + " has an input \"" + outputName + "\", so no output can be called so");
    }
    if (outputs.putIfAbsent(outputName, tensor) != null) {
      throw new IllegalArgumentException(
          "graph " + name + " has an output \"" + outputName + "\" already");
    }
  }

  /** The outputs by name. */
  public Map<String, Tensor> outputs() {
    return Collections.unmodifiableMap(outputs);
  }

  /** Applies an op with one output. */
  public Tensor apply(Op op, Tensor... operands) {
    return add(op, List.of(operands)).output(0);
  }

  /** Applies an op and gives its node, for ops with several outputs. */
  public Node add(Op op, List<Tensor> operands) {
    operands.forEach(this::requireOwn);
    List<TensorType> types;
    try {
      types = op.infer(operands);
    } catch (ShapeException e) {
      throw new ShapeException(
          op.onnxName()
              + (scopes.isEmpty() ? "" : " in " + scope())
              + " on "
              + operands.stream()
                  .map(Tensor::type)
                  .map(t -> t.element() + " " + t.shape())
                  .collect(Collectors.joining(" and "))
              + ": "
              + e.getMessage(),
          e);
    }
    Node node = new Node(this, nodes.size(), op, scope(), operands, types);
    nodes.add(node);
    return node;
  }

  private void requireOwn(Tensor tensor) {
    if (tensor.graph() != this) {
      throw new IllegalArgumentException(
          "a tensor of graph \""
              + tensor.graph().name()
              + "\" is used in graph \""
              + name
              + "\": read parameters with w.in(x)");
    }
  }

  /** Opens a scope that error messages and node names show, until it is closed. */
  public OpenScope enter(String scope) {
    scopes.addLast(scope);
    return scopes::removeLast;
  }

  private String scope() {
    return String.join("/", scopes);
  }

  /** An open scope of {@link #enter}. */
  public interface OpenScope extends AutoCloseable {
    @Override
    void close();
  }

  /** A real constant without axes. */
  public Tensor constant(double value) {
    return apply(Sources.Constant.real(Shape.SCALAR, value));
  }

  /** A whole constant without axes. */
  public Tensor constant(long value) {
    return apply(Sources.Constant.whole(Shape.SCALAR, value));
  }

  /** Real constants with one axis. */
  public Tensor constants(double... values) {
    return apply(Sources.Constant.real(Shape.of(values.length), values));
  }

  /** Whole constants with one axis. */
  public Tensor constants(long... values) {
    return apply(Sources.Constant.whole(Shape.of(values.length), values));
  }

  /** Zeros of a shape. */
  public Tensor zeros(Shape shape) {
    return filled(shape, 0);
  }

  /** A real value repeated over a shape. */
  public Tensor filled(Shape shape, double value) {
    return apply(new Sources.ConstantOfShape(value, shape), sizesOf(shape));
  }

  /** The whole numbers from 0 to a size (exclusive): {@code [dim]}. */
  public Tensor range(Dim dim) {
    Tensor end = sizesOf(new Shape(List.of(dim))).squeeze(0);
    return apply(new Sources.Range(dim), constant(0L), end, constant(1L));
  }

  /**
   * A shape's sizes when the graph runs: whole {@code [rank]}.
   *
   * @throws ShapeException if it holds a name that no input shows
   */
  public Tensor sizesOf(Shape shape) {
    if (shape.isFixed()) {
      return constants(shape.sizes());
    }
    List<Tensor> parts = shape.dims().stream().map(this::sizeOf).toList();
    return parts.size() == 1 ? parts.get(0) : Tensor.concat(0, parts);
  }

  private Tensor sizeOf(Dim dim) {
    if (dim.isFixed()) {
      return constants(dim.size());
    }
    Tensor sum = null;
    for (Dim.Term term : dim.polynomial()) {
      Tensor product =
          term.coefficient() == 1 && !term.names().isEmpty() ? null : constants(term.coefficient());
      for (String factor : term.names()) {
        Tensor value = sizes.computeIfAbsent(factor, this::sizeOf);
        product = product == null ? value : product.times(value);
      }
      sum = sum == null ? product : sum.plus(Objects.requireNonNull(product));
    }
    return Objects.requireNonNull(sum);
  }

  private Tensor sizeOf(String dim) {
    Dim wanted = Dim.of(dim);
    for (Tensor input : inputs.values()) {
      int axis = input.shape().dims().indexOf(wanted);
      if (axis >= 0) {
        return apply(new Sources.ShapeOf(), input).slice(0, axis, axis + 1);
      }
    }
    throw new ShapeException(
        "no input of graph "
            + name
            + " has an axis of size \""
            + dim
            + "\", so it is unknown when it runs");
  }
}
