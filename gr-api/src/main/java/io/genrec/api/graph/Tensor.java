package io.genrec.api.graph;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import org.apiguardian.api.API;

/**
 * A symbolic value: an element type, a shape of numbers and names, and the node that computes it.
 *
 * <p>Operations build nodes in the tensor's own graph. Operands are stretched only along axes of
 * the literal size 1. Negative axes count from the end. Operands that do not fit throw {@link
 * ShapeException}, naming the op, the scope and the shapes.
 */
@API(status = API.Status.STABLE, since = "0.1")
public final class Tensor {
  // Sizes of a reshape.
  private static final Long COPIED = 0L;
  private static final Long FOUND = -1L;
  private static final Long EMPTY = -2L;

  private final Node node;
  private final int index;
  private final TensorType type;

  Tensor(Node node, int index, TensorType type) {
    this.node = node;
    this.index = index;
    this.type = type;
  }

  /** The graph that this tensor belongs to. */
  public Graph graph() {
    return node.graph();
  }

  /** The node that computes this tensor. */
  public Node node() {
    return node;
  }

  /** Which of the node's outputs this is. */
  public int index() {
    return index;
  }

  /** Element type and shape. */
  public TensorType type() {
    return type;
  }

  /** The element type. */
  public ElementType element() {
    return type.element();
  }

  /** The shape. */
  public Shape shape() {
    return type.shape();
  }

  /** The size of one axis. */
  public Dim dim(int axis) {
    return type.shape().dim(axis);
  }

  /** Applies an op with one output to this tensor and further operands. */
  public Tensor apply(Op op, Tensor... others) {
    List<Tensor> operands = new ArrayList<>(List.of(this));
    operands.addAll(Arrays.asList(others));
    return graph().add(op, operands).output(0);
  }

  // Arithmetic.

  /** The sum. */
  public Tensor plus(Tensor other) {
    return apply(new Elementwise.Add(), other);
  }

  /** The sum with a number. */
  public Tensor plus(double number) {
    return plus(scalar(number));
  }

  /** The difference. */
  public Tensor minus(Tensor other) {
    return apply(new Elementwise.Sub(), other);
  }

  /** The difference from a number. */
  public Tensor minus(double number) {
    return minus(scalar(number));
  }

  /** The product of entries. */
  public Tensor times(Tensor other) {
    return apply(new Elementwise.Mul(), other);
  }

  /** The product with a number. */
  public Tensor times(double number) {
    return times(scalar(number));
  }

  /** The quotient of entries; whole numbers are cut towards zero. */
  public Tensor dividedBy(Tensor other) {
    return apply(new Elementwise.Div(), other);
  }

  /** The quotient by a number. */
  public Tensor dividedBy(double number) {
    return dividedBy(scalar(number));
  }

  /** The remainder of whole numbers, with the divisor's sign. */
  public Tensor modulo(Tensor other) {
    return apply(new Elementwise.Mod(), other);
  }

  /** The smaller of two entries. */
  public Tensor min(Tensor other) {
    return apply(new Elementwise.Min(), other);
  }

  /** The smaller of each entry and a number. */
  public Tensor min(double number) {
    return min(scalar(number));
  }

  /** The larger of two entries. */
  public Tensor max(Tensor other) {
    return apply(new Elementwise.Max(), other);
  }

  /** The larger of each entry and a number. */
  public Tensor max(double number) {
    return max(scalar(number));
  }

  /** A number as a constant of this tensor's element type. */
  private Tensor scalar(double number) {
    if (element() == ElementType.FLOAT) {
      return graph().constant(number);
    }
    long whole = (long) number;
    if (element() != ElementType.INT64 || whole != number) {
      throw new ShapeException("the number " + number + " does not fit a tensor of " + element());
    }
    return graph().constant(whole);
  }

  /** The negative. */
  public Tensor negate() {
    return apply(new Elementwise.Neg());
  }

  /** The magnitude. */
  public Tensor abs() {
    return apply(new Elementwise.Abs());
  }

  /** The exponential. */
  public Tensor exp() {
    return apply(new Elementwise.Exp());
  }

  /** The natural logarithm. */
  public Tensor log() {
    return apply(new Elementwise.Log());
  }

  /** The square root. */
  public Tensor sqrt() {
    return apply(new Elementwise.Sqrt());
  }

  /** The square. */
  public Tensor square() {
    return times(this);
  }

  /** One over each entry. */
  public Tensor reciprocal() {
    return apply(new Elementwise.Reciprocal());
  }

  /** The sine. */
  public Tensor sin() {
    return apply(new Elementwise.Sin());
  }

  /** The cosine. */
  public Tensor cos() {
    return apply(new Elementwise.Cos());
  }

  /** The next whole number below, as a real. It has no gradient; see {@link #stopGradient}. */
  public Tensor floor() {
    return apply(new Elementwise.Floor());
  }

  // Activations.

  /** 1 / (1 + exp(-x)). */
  public Tensor sigmoid() {
    return apply(new Elementwise.Sigmoid());
  }

  /** The hyperbolic tangent. */
  public Tensor tanh() {
    return apply(new Elementwise.Tanh());
  }

  /** max(x, 0). */
  public Tensor relu() {
    return apply(new Elementwise.Relu());
  }

  /** x sigmoid(x). */
  public Tensor silu() {
    return fused("Silu", Map.of(), apply(new Elementwise.Silu(), sigmoid()));
  }

  /** x (1 + erf(x / sqrt 2)) / 2. */
  public Tensor gelu() {
    return times(times(Math.sqrt(0.5)).apply(new Elementwise.Erf()).plus(1).times(0.5));
  }

  /** The error function. */
  public Tensor erf() {
    return apply(new Elementwise.Erf());
  }

  // Comparisons.

  /** Whether entries are equal. */
  public Tensor equalTo(Tensor other) {
    return apply(new Elementwise.Equal(), other);
  }

  /** Whether entries equal a number. */
  public Tensor equalTo(double number) {
    return equalTo(scalar(number));
  }

  /** Whether entries are smaller. */
  public Tensor lessThan(Tensor other) {
    return apply(new Elementwise.Less(), other);
  }

  /** Whether entries are smaller or equal. */
  public Tensor atMost(Tensor other) {
    return apply(new Elementwise.LessOrEqual(), other);
  }

  /** Whether entries are larger. */
  public Tensor greaterThan(Tensor other) {
    return apply(new Elementwise.Greater(), other);
  }

  /** Whether entries are larger than a number. */
  public Tensor greaterThan(double number) {
    return greaterThan(scalar(number));
  }

  /** Whether entries are larger or equal. */
  public Tensor atLeast(Tensor other) {
    return apply(new Elementwise.GreaterOrEqual(), other);
  }

  /** Whether both are true. */
  public Tensor and(Tensor other) {
    return apply(new Elementwise.And(), other);
  }

  /** Whether one is true. */
  public Tensor or(Tensor other) {
    return apply(new Elementwise.Or(), other);
  }

  /** Whether this is false. */
  public Tensor not() {
    return apply(new Elementwise.Not());
  }

  /** One operand where this is true, the other elsewhere. */
  public Tensor where(Tensor whenTrue, Tensor whenFalse) {
    return apply(new Elementwise.Where(), whenTrue, whenFalse);
  }

  /** Another element type; reals are cut towards zero when they become whole. */
  public Tensor cast(ElementType to) {
    return element() == to ? this : apply(new Elementwise.Cast(to));
  }

  /** The same values, through which no gradient flows. */
  public Tensor stopGradient() {
    return apply(new Sources.StopGradient());
  }

  // Products and reductions.

  /** The matrix product over the last two axes: {@code [..., m, k]} times {@code [..., k, n]}. */
  public Tensor matmul(Tensor other) {
    return apply(new Products.MatMul(), other);
  }

  /** The sum over axes, which stay with size 1; over no axes, this itself. */
  public Tensor sum(int... axes) {
    if (axes.length == 0) {
      return this;
    }
    return apply(
        new Reductions.ReduceSum(axes(axes)),
        graph().constants(axes(axes).stream().mapToLong(a -> a).toArray()));
  }

  /** The sum of all entries: a scalar. */
  public Tensor sumAll() {
    int[] all = IntStream.range(0, shape().rank()).toArray();
    return sum(all).reshape(Shape.SCALAR);
  }

  /** The mean over axes, which stay with size 1; over no axes, this itself. */
  public Tensor mean(int... axes) {
    return axes.length == 0 ? this : apply(new Reductions.ReduceMean(axes(axes)));
  }

  /** The largest entry over axes, which stay with size 1; over no axes, this itself. */
  public Tensor largest(int... axes) {
    return axes.length == 0 ? this : apply(new Reductions.ReduceMax(axes(axes)));
  }

  private List<Long> axes(int... axes) {
    List<Long> sorted =
        Arrays.stream(axes).mapToLong(shape()::axis).distinct().sorted().boxed().toList();
    if (sorted.size() != axes.length) {
      throw new ShapeException(
          "axes " + Arrays.toString(axes) + " name an axis of " + shape() + " twice");
    }
    return sorted;
  }

  /**
   * The sum over the axes along which a shape was stretched to this one: the gradient of
   * stretching.
   */
  public Tensor sumTo(Shape target) {
    if (shape().equals(target)) {
      return this;
    }
    int extra = shape().rank() - target.rank();
    int[] stretched =
        IntStream.range(0, shape().rank())
            .filter(
                axis ->
                    axis < extra
                        || (target.dim(axis - extra).equals(Dim.ONE) && !dim(axis).equals(Dim.ONE)))
            .toArray();
    return sum(stretched).reshape(target);
  }

  /** Running sums along an axis: entry i is the sum of entries up to i. */
  public Tensor cumulativeSum(int axis) {
    return cumulativeSum(axis, false, false);
  }

  /**
   * Running sums along an axis, without the entry itself if exclusive, from the end if reversed.
   */
  public Tensor cumulativeSum(int axis, boolean exclusive, boolean reverse) {
    int positive = shape().axis(axis);
    return apply(
        new Reductions.CumSum(positive, exclusive, reverse), graph().constant((long) positive));
  }

  /**
   * What {@link #topK} finds, largest first.
   *
   * @param values of the entries' type; the axis has size k
   * @param indices where on the axis they were: whole, of the same shape
   */
  public record Top(Tensor values, Tensor indices) {}

  /**
   * The k largest entries along an axis, largest first.
   *
   * @param k a number, or a name declared by {@link Graph#sizeInput}
   */
  public Top topK(int axis, Dim k) {
    Node node =
        graph()
            .add(
                new Reductions.TopK(shape().axis(axis), k),
                List.of(this, graph().sizesOf(new Shape(List.of(k)))));
    return new Top(node.output(0), node.output(1));
  }

  /** exp(x) over its sum along an axis. */
  public Tensor softmax(int axis) {
    return apply(new Reductions.Softmax(shape().axis(axis)));
  }

  /** The logarithm of {@link #softmax}. */
  public Tensor logSoftmax(int axis) {
    return apply(new Reductions.LogSoftmax(shape().axis(axis)));
  }

  // Normalisation.

  /**
   * Mean 0 and variance 1 over the last axis, whose size is a number; no learned scale or shift.
   */
  public Tensor layerNorm(double epsilon) {
    double[] ones = new double[Math.toIntExact(dim(-1).size())];
    Arrays.fill(ones, 1);
    Tensor normal =
        apply(new Reductions.LayerNormalization((float) epsilon), graph().constants(ones));
    return fused("LayerNorm", Map.of("epsilon", (float) epsilon), normal);
  }

  /**
   * {@link #layerNorm} times a learned scale, plus a learned shift.
   *
   * @param scale real {@code [n]}, n the size of the last axis
   * @param shift likewise
   * @throws ShapeException if they have another shape
   */
  public Tensor layerNorm(double epsilon, Tensor scale, Tensor shift) {
    Tensor affine = layerNorm(epsilon).times(scale).plus(shift);
    return fused("AffineLayerNorm", epsilon, scale, shift, affine);
  }

  /**
   * {@code SwishLN(x) = x sigmoid(LN(x))} with a learned scale and shift of the norm, as the
   * published production model of HSTU has it in all its layers.
   *
   * @param scale real {@code [n]}, n the size of the last axis
   * @param shift likewise
   * @throws ShapeException if they have another shape
   */
  public Tensor swishLayerNorm(double epsilon, Tensor scale, Tensor shift) {
    Tensor gated = times(layerNorm(epsilon).times(scale).plus(shift).sigmoid());
    return fused("SwishLayerNorm", epsilon, scale, shift, gated);
  }

  private Tensor fused(String name, double epsilon, Tensor scale, Tensor shift, Tensor formula) {
    Shape last = new Shape(List.of(dim(-1)));
    for (Tensor learned : List.of(scale, shift)) {
      if (!learned.shape().equals(last)) {
        throw new ShapeException(
            name
                + " needs a scale and a shift of shape "
                + last
                + " but one is "
                + learned.shape());
      }
    }
    Map<String, Object> attributes = Map.of("epsilon", (float) epsilon);
    return Fused.of(name, attributes, List.of(this, scale, shift), List.of(formula)).get(0);
  }

  private Tensor fused(String name, Map<String, Object> attributes, Tensor formula) {
    return Fused.of(name, attributes, List.of(this), List.of(formula)).get(0);
  }

  /** Root mean square 1 over the last axis; no learned scale. */
  public Tensor rmsNorm(double epsilon) {
    Tensor normal = dividedBy(square().mean(-1).plus(epsilon).sqrt());
    return fused("RmsNorm", Map.of("epsilon", (float) epsilon), normal);
  }

  /** {@link #layerNorm} of each of several equal groups of the last axis. */
  public Tensor groupNorm(int groups, double epsilon) {
    long width = dim(-1).size();
    if (width % groups != 0) {
      throw new ShapeException(groups + " groups do not divide the last axis of " + shape());
    }
    Shape grouped = shape().with(-1, Dim.of(groups)).insert(-1, Dim.of(width / groups));
    return reshape(grouped).layerNorm(epsilon).reshape(shape());
  }

  /** x / max(|x|, epsilon) over the last axis, with the Euclidean norm. */
  public Tensor l2Norm(double epsilon) {
    // The maximum is taken of the squares, where a zero vector still has a finite gradient.
    return dividedBy(square().sum(-1).max(epsilon * epsilon).sqrt());
  }

  // Layout.

  /** The same entries in another shape; arguments as in {@link Shape#of}. */
  public Tensor reshape(Object... dims) {
    return reshape(Shape.of(dims));
  }

  /** The same entries in another shape. */
  public Tensor reshape(Shape target) {
    if (shape().equals(target)) {
      return this;
    }
    List<Long> sizes = reshapeSizes(target);
    if (sizes.contains(EMPTY) || Collections.frequency(sizes, FOUND) > 1) {
      return apply(new Layout.Reshape(target, true), graph().sizesOf(target));
    }
    return apply(
        new Layout.Reshape(target, false),
        graph().constants(sizes.stream().mapToLong(Long::longValue).toArray()));
  }

  /**
   * ONNX's sizes for a reshape: 0 copies the operand's size and one -1 is found from the others, so
   * few are computed.
   */
  private List<Long> reshapeSizes(Shape target) {
    List<Long> sizes = new ArrayList<>();
    for (int axis = 0; axis < target.rank(); axis++) {
      Dim dim = target.dim(axis);
      if (dim.isFixed()) {
        sizes.add(dim.size() == 0 ? EMPTY : Long.valueOf(dim.size()));
      } else {
        sizes.add(axis < shape().rank() && dim(axis).equals(dim) ? COPIED : FOUND);
      }
    }
    return sizes;
  }

  /** All axes but the last as one: {@code [a, b, c]} gives {@code [a*b, c]}. */
  public Tensor rows() {
    return reshape(shape().slice(0, shape().rank() - 1).entries(), dim(-1));
  }

  /** Axes in another order. Two transpositions in a row become one, or none. */
  public Tensor transpose(int... order) {
    List<Long> all = Arrays.stream(order).mapToLong(shape()::axis).boxed().toList();
    if (node.op() instanceof Layout.Transpose before && all.size() == before.order().size()) {
      int[] composed =
          all.stream().mapToInt(axis -> before.order().get(axis.intValue()).intValue()).toArray();
      return node.inputs().get(0).transpose(composed);
    }
    return all.equals(LongStream.range(0, shape().rank()).boxed().toList())
        ? this
        : apply(new Layout.Transpose(all));
  }

  /** Two axes exchanged. */
  public Tensor swap(int a, int b) {
    int[] order = IntStream.range(0, shape().rank()).toArray();
    order[shape().axis(a)] = shape().axis(b);
    order[shape().axis(b)] = shape().axis(a);
    return transpose(order);
  }

  /** A new axis of size 1, at the given place of the result. */
  public Tensor unsqueeze(int axis) {
    return reshape(shape().insert(axis, Dim.ONE));
  }

  /** Without an axis of size 1. */
  public Tensor squeeze(int axis) {
    if (!dim(axis).equals(Dim.ONE)) {
      throw new ShapeException("axis " + axis + " of " + shape() + " has not size 1");
    }
    return reshape(shape().without(axis));
  }

  /** Axes of size 1 stretched to a shape. */
  public Tensor expand(Shape target) {
    return shape().equals(target)
        ? this
        : apply(new Layout.Expand(target), graph().sizesOf(target));
  }

  /** Axes of size 1 stretched to the shape of another tensor. */
  public Tensor expand(Tensor like) {
    if (shape().equals(like.shape())) {
      return this;
    }
    return apply(new Layout.Expand(like.shape()), like.apply(new Sources.ShapeOf()));
  }

  /** Entries from one place (inclusive) to another (exclusive) of an axis. */
  public Tensor slice(int axis, long from, long to) {
    return slice(axis, Dim.of(from), Dim.of(to));
  }

  /**
   * Entries from one place (inclusive) to another (exclusive) of an axis, known when the graph
   * runs.
   */
  public Tensor slice(int axis, Dim from, Dim to) {
    int positive = shape().axis(axis);
    if (from.equals(Dim.of(0)) && to.equals(dim(positive))) {
      return this;
    }
    return apply(
        new Layout.Slice(positive, from, to),
        graph().sizesOf(new Shape(List.of(from))),
        graph().sizesOf(new Shape(List.of(to))),
        graph().constants((long) positive));
  }

  /** Consecutive pieces of an axis. */
  public List<Tensor> split(int axis, long... sizes) {
    List<Long> pieces = Arrays.stream(sizes).boxed().toList();
    return graph()
        .add(new Layout.Split(shape().axis(axis), pieces), List.of(this, graph().constants(sizes)))
        .outputs();
  }

  /** Tensors one after another along an axis. */
  public static Tensor concat(int axis, List<Tensor> parts) {
    if (parts.size() == 1) {
      return parts.get(0);
    }
    Graph graph = parts.get(0).graph();
    return graph.add(new Layout.Concat(parts.get(0).shape().axis(axis)), parts).output(0);
  }

  /** Zeros before and after an axis. */
  public Tensor pad(int axis, Dim before, Dim after) {
    int positive = shape().axis(axis);
    if (before.equals(Dim.of(0)) && after.equals(Dim.of(0))) {
      return this;
    }
    List<Dim> pads = new ArrayList<>();
    for (int end = 0; end < 2; end++) {
      for (int a = 0; a < shape().rank(); a++) {
        pads.add(a != positive ? Dim.of(0) : end == 0 ? before : after);
      }
    }
    return apply(new Layout.Pad(positive, before, after), graph().sizesOf(new Shape(pads)));
  }

  // Indexing.

  /**
   * Rows of the first axis by index: {@code [rows, ...]} and {@code [i, j]} give {@code [i, j,
   * ...]}.
   */
  public Tensor gather(Tensor ids) {
    return apply(new Indexing.Gather(), ids);
  }

  /**
   * Rows of the second axis by an index of each entry of the first: {@code [batch, n, ..]} and
   * whole {@code [batch, m]} give {@code [batch, m, ..]}.
   */
  public Tensor gatherEach(Tensor ids) {
    Tensor first = graph().range(dim(0)).times(graph().sizesOf(Shape.of(dim(1))));
    Tensor rows = reshape(shape().without(0).with(0, dim(0).times(dim(1))));
    return rows.gather(ids.plus(first.unsqueeze(1)));
  }

  /** Entries along one axis by index; all other axes are equal. */
  public Tensor gatherElements(int axis, Tensor ids) {
    return apply(new Indexing.GatherElements(shape().axis(axis)), ids);
  }

  /**
   * This with rows added by index: {@code [rows, ...]}, ids {@code [n]}, updates {@code [n, ...]};
   * ids may repeat.
   */
  public Tensor scatterAdd(Tensor ids, Tensor updates) {
    return apply(new Indexing.ScatterND(), ids.unsqueeze(1), updates);
  }

  /**
   * This with entries added along one axis by index; ids and updates have one shape, and ids may
   * repeat.
   */
  public Tensor scatterAddElements(int axis, Tensor ids, Tensor updates) {
    return apply(new Indexing.ScatterElements(shape().axis(axis)), ids, updates);
  }

  /** For example {@code MatMul#12:FLOAT[batch, 64]}. */
  @Override
  public String toString() {
    return node.op().onnxName() + "#" + node.index() + ":" + element() + shape();
  }
}
