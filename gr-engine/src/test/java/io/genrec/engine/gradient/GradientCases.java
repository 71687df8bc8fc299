package io.genrec.engine.gradient;

import io.genrec.api.encoder.Attend;
import io.genrec.api.encoder.Memory;
import io.genrec.api.encoder.Part;
import io.genrec.api.graph.Dim;
import io.genrec.api.graph.ElementType;
import io.genrec.api.graph.Gradients;
import io.genrec.api.graph.Graph;
import io.genrec.api.graph.Shape;
import io.genrec.api.graph.Tensor;
import io.genrec.api.sequence.PairContext;
import io.genrec.api.sequence.TokenContext;
import io.genrec.engine.gradient.GradientCase.Operand;
import io.genrec.engine.onnx.Precision;
import java.util.ArrayList;
import java.util.List;
import java.util.function.BinaryOperator;
import java.util.function.Function;
import java.util.function.UnaryOperator;

/** Every differentiable op and composite, on shapes with stretched, named and negative axes. */
public final class GradientCases {
  private static final Object[] BATCH = {"batch", "length", 4};

  private final List<GradientCase> cases = new ArrayList<>();

  private GradientCases() {}

  /** All cases. */
  public static List<GradientCase> all() {
    GradientCases all = new GradientCases();
    all.activations();
    all.arithmetic();
    all.reductions();
    all.layout();
    all.indexing();
    all.attention();
    all.secondOrder();
    all.cases.addAll(RecurrenceCases.all());
    return List.copyOf(all.cases);
  }

  private void add(String name, List<Operand> operands, Function<List<Tensor>, Tensor> function) {
    cases.add(new GradientCase(name, Precision.FLOAT64, operands, function));
  }

  private void unary(String name, double low, double high, UnaryOperator<Tensor> function) {
    for (Object[] dims : new Object[][] {{}, {3}, BATCH}) {
      Function<List<Tensor>, Tensor> first = x -> function.apply(x.get(0));
      add(name + Shape.of(dims), List.of(Operand.real(low, high, dims)), first);
    }
  }

  /** Operands that are equal in shape or stretched on the left, on the right and on both sides. */
  private void binary(String name, double low, double high, BinaryOperator<Tensor> function) {
    Object[][][] pairs = {
      {BATCH, BATCH},
      {BATCH, {}},
      {{}, BATCH},
      {BATCH, {4}},
      {{1}, {3}},
      {{"length", 1}, {"batch", 1, 4}},
      {{"batch", "length", 1, 4}, {1, 3, 1}},
    };
    for (Object[][] pair : pairs) {
      add(
          name + Shape.of(pair[0]) + Shape.of(pair[1]),
          List.of(Operand.real(low, high, pair[0]), Operand.real(low, high, pair[1])),
          x -> function.apply(x.get(0), x.get(1)));
    }
    add(
        name + " with itself",
        List.of(Operand.real(low, high, 3)),
        x -> function.apply(x.get(0), x.get(0)));
  }

  private void activations() {
    unary("exp", -2, 2, Tensor::exp);
    unary("log", 0.5, 2, Tensor::log);
    unary("sqrt", 0.5, 2, Tensor::sqrt);
    unary("reciprocal", 0.5, 2, Tensor::reciprocal);
    unary("reciprocal below 0", -2, -0.5, Tensor::reciprocal);
    unary("sigmoid", -4, 4, Tensor::sigmoid);
    unary("tanh", -2, 2, Tensor::tanh);
    unary("relu", -1, 1, Tensor::relu);
    unary("silu", -4, 4, Tensor::silu);
    unary("sin", -3, 3, Tensor::sin);
    unary("cos", -3, 3, Tensor::cos);
    unary("abs", -1, 1, Tensor::abs);
    unary("negate", -1, 1, Tensor::negate);
    unary("square", -2, 2, Tensor::square);
    unary("max with a number", -1, 1, x -> x.max(0.1));
    unary("min with a number", -1, 1, x -> x.min(0.1));
    unary("numbers", 0.5, 2, x -> x.plus(1.5).times(-2).minus(0.25).dividedBy(3));
    // The CPU has a 32-bit kernel of Erf only.
    for (var erf :
        List.of(
            new GradientCase(
                "erf", Precision.FLOAT32, List.of(Operand.real(-2, 2, 5)), x -> x.get(0).erf()),
            new GradientCase(
                "gelu",
                Precision.FLOAT32,
                List.of(Operand.real(-2, 2, 5)),
                x -> x.get(0).gelu()))) {
      cases.add(erf);
    }
  }

  private void arithmetic() {
    binary("plus", -2, 2, Tensor::plus);
    binary("minus", -2, 2, Tensor::minus);
    binary("times", -2, 2, Tensor::times);
    binary("dividedBy", 0.5, 2, Tensor::dividedBy);
    binary("where", -1, 1, (a, b) -> a.greaterThan(0.1).where(b.exp(), a.times(3)));
    // With themselves they have a kink everywhere, so operands are shifted apart.
    binary("min", -2, 2, (a, b) -> a.min(b.times(0.7).plus(0.1)));
    binary("max", -2, 2, (a, b) -> a.max(b.times(0.7).plus(0.1)));
    Object[][][] products = {
      {{2, 3}, {3, 4}},
      {{"batch", "length", 4}, {4, 2}},
      {{2, 4}, {"batch", 4, "length"}},
      {{"batch", 1, "length", 2}, {1, 3, 2, "length"}},
      {{"batch", 2, "length", 3}, {"batch", 2, 3, "length"}},
      {{"length", 2, 3}, {"batch", 1, 3, 2}},
    };
    for (Object[][] pair : products) {
      add(
          "matmul" + Shape.of(pair[0]) + Shape.of(pair[1]),
          List.of(Operand.real(-1, 1, pair[0]), Operand.real(-1, 1, pair[1])),
          x -> x.get(0).matmul(x.get(1)));
    }
    add(
        "matmul with its own transpose",
        List.of(Operand.real(-1, 1, "batch", 3, 2)),
        x -> x.get(0).matmul(x.get(0).swap(-1, -2)));
    add(
        "truth values as reals",
        List.of(Operand.real(-1, 1, BATCH)),
        x -> x.get(0).times(x.get(0).greaterThan(0).cast(ElementType.FLOAT)));
  }

  private void reductions() {
    Object[] four = {"batch", 2, "length", 3};
    for (int[] axes : new int[][] {{0}, {-1}, {1, -2}, {0, 1, 2, 3}, {}}) {
      String name = java.util.Arrays.toString(axes);
      List<Operand> x = List.of(Operand.real(-2, 2, four));
      add("sum" + name, x, in -> in.get(0).square().sum(axes));
      add("mean" + name, x, in -> in.get(0).square().mean(axes));
      add("largest" + name, x, in -> in.get(0).times(2).largest(axes));
    }
    unary("sumAll", -1, 1, x -> x.square().sumAll());
    for (int axis : new int[] {0, 1, -1}) {
      List<Operand> x = List.of(Operand.real(-2, 2, BATCH));
      add("softmax" + axis, x, in -> in.get(0).softmax(axis));
      add("logSoftmax" + axis, x, in -> in.get(0).logSoftmax(axis));
      add("cumulativeSum" + axis, x, in -> in.get(0).cumulativeSum(axis));
      add("exclusive" + axis, x, in -> in.get(0).cumulativeSum(axis, true, false));
      add("reverse" + axis, x, in -> in.get(0).cumulativeSum(axis, false, true));
      add("exclusive reverse" + axis, x, in -> in.get(0).cumulativeSum(axis, true, true));
    }
    for (Object[] dims : new Object[][] {{6}, {"batch", 6}, {"batch", "length", 6}}) {
      String name = Shape.of(dims).toString();
      List<Operand> x = List.of(Operand.real(-2, 2, dims));
      add("layerNorm" + name, x, in -> in.get(0).layerNorm(1e-2));
      add("rmsNorm" + name, x, in -> in.get(0).rmsNorm(1e-2));
      add("groupNorm" + name, x, in -> in.get(0).groupNorm(2, 1e-2));
      add("l2Norm" + name, x, in -> in.get(0).l2Norm(1e-3));
      add("l2Norm of short vectors" + name, x, in -> in.get(0).l2Norm(100));
    }
    add(
        "topK and gather",
        List.of(Operand.real(-2, 2, "batch", 5)),
        in -> {
          Tensor x = in.get(0);
          return x.gatherElements(-1, x.topK(-1, Dim.of(2)).indices());
        });
  }

  private void layout() {
    List<Operand> x = List.of(Operand.real(-2, 2, BATCH));
    add("reshape", x, in -> in.get(0).square().reshape("batch", "length", 2, 2));
    add(
        "reshape to a product of names",
        x,
        in -> in.get(0).square().reshape(Dim.of("batch").times(Dim.of("length")), 4));
    add(
        "reshape to two moved names",
        x,
        in -> in.get(0).square().reshape(4, "length", "batch").times(2));
    add("rows", x, in -> in.get(0).square().rows());
    add("transpose", x, in -> in.get(0).square().transpose(2, 0, 1));
    add("transpose by negative axes", x, in -> in.get(0).square().transpose(-1, -3, -2));
    add("swap", x, in -> in.get(0).square().swap(0, -1));
    add("unsqueeze and squeeze", x, in -> in.get(0).unsqueeze(-2).exp().squeeze(2).unsqueeze(0));
    List<Operand> row = List.of(Operand.real(-2, 2, 1, "length", 1));
    add("expand", row, in -> in.get(0).exp().expand(Shape.of(2, "length", 4)));
    add("expand by rank", row, in -> in.get(0).exp().expand(Shape.of(3, 2, "length", 4)));
    add(
        "expand like",
        List.of(Operand.real(-2, 2, "length", 1), Operand.real(-2, 2, BATCH)),
        in -> in.get(0).exp().expand(in.get(1)).times(in.get(1)));
    add("sumTo", x, in -> in.get(0).square().sumTo(Shape.of("length", 1)));
    add("slice", x, in -> in.get(0).square().slice(-1, 1, 3));
    add("slice between names", x, in -> in.get(0).square().slice(1, Dim.ONE, Dim.of("length")));
    add(
        "slice that ends before a name",
        x,
        in -> in.get(0).square().slice(-2, Dim.of(0), Dim.of("length").minus(Dim.ONE)));
    add(
        "slice from a name",
        x,
        in -> {
          in.get(0).graph().sizeInput("take");
          return in.get(0).square().slice(1, Dim.of("take"), Dim.of("length"));
        });
    add("pad", x, in -> in.get(0).square().pad(-1, Dim.of(2), Dim.of(1)));
    add("pad by names", x, in -> in.get(0).square().pad(1, Dim.of("batch"), Dim.of("length")));
    add(
        "split",
        List.of(Operand.real(-2, 2, "batch", 7)),
        in -> {
          List<Tensor> pieces = in.get(0).square().split(-1, 2, 4, 1);
          return pieces.get(0).times(pieces.get(2));
        });
    add(
        "concat",
        List.of(Operand.real(-2, 2, "batch", 2), Operand.real(-2, 2, "batch", "length")),
        in -> Tensor.concat(-1, List.of(in.get(0), in.get(1).exp(), in.get(0).square())));
    add(
        "concat of named axes first",
        List.of(Operand.real(-2, 2, "batch", 2), Operand.real(-2, 2, "length", 2)),
        in -> Tensor.concat(0, List.of(in.get(0).exp(), in.get(1).exp())));
    add(
        "a name of size 1 does not stretch",
        List.of(Operand.real(-2, 2, "one", 3), Operand.real(-2, 2, 3)),
        in -> in.get(0).times(in.get(1)));
  }

  private void indexing() {
    Operand ids = Operand.whole(List.of(3L, 0L, 3L, 3L, 1L, 0L, 4L), "ids");
    Operand pairs = Operand.whole(List.of(3L, 0L, 3L, 3L, 1L, 0L), "batch", "length");
    for (Object[] table : new Object[][] {{"rows"}, {"rows", 3}, {5, 2, 3}}) {
      String name = Shape.of(table).toString();
      Operand data = Operand.real(-2, 2, table);
      add("gather" + name, List.of(data, ids), in -> in.get(0).gather(in.get(1)));
      add("gather by pairs" + name, List.of(data, pairs), in -> in.get(0).gather(in.get(1)));
      Object[] updates = table.clone();
      updates[0] = "ids";
      add(
          "scatterAdd" + name,
          List.of(data, ids, Operand.real(-2, 2, updates)),
          in -> in.get(0).exp().scatterAdd(in.get(1), in.get(2).exp()));
    }
    add(
        "gather one row",
        List.of(Operand.real(-2, 2, "rows", 3), Operand.whole(List.of(2L))),
        in -> in.get(0).gather(in.get(1)));
    add(
        "gather twice",
        List.of(Operand.real(-2, 2, "rows", 3), ids),
        in -> in.get(0).gather(in.get(1)).times(in.get(0).gather(in.get(1).plus(0).min(2))));
    Operand data = Operand.real(-2, 2, 3, "rows");
    Operand columns =
        Operand.whole(
            List.of(
                4L, 4L, 0L, 1L, 1L, 1L, 1L, 3L, 2L, 4L, 4L, 0L, 0L, 4L, 0L, 0L, 0L, 0L, 1L, 2L, 1L),
            3,
            "ids");
    for (int axis : new int[] {1, -1}) {
      add(
          "gatherElements" + axis,
          List.of(data, columns),
          in -> in.get(0).exp().gatherElements(axis, in.get(1)));
      add(
          "scatterAddElements" + axis,
          List.of(data, columns, Operand.real(-2, 2, 3, "ids")),
          in -> in.get(0).exp().scatterAddElements(axis, in.get(1), in.get(2).exp()));
    }
    Operand firstAxis = Operand.whole(List.of(2L, 0L, 2L, 2L, 1L, 2L), 2, 3);
    add(
        "gatherElements0",
        List.of(Operand.real(-2, 2, "rows", 3), firstAxis),
        in -> in.get(0).exp().gatherElements(0, in.get(1)));
    add(
        "scatterAddElements0",
        List.of(Operand.real(-2, 2, "rows", 3), firstAxis, Operand.real(-2, 2, 2, 3)),
        in -> in.get(0).exp().scatterAddElements(-2, in.get(1), in.get(2).exp()));
  }

  /** One part, two parts, and two with each query's own key; two heads share keys and values. */
  private void attention() {
    List<Operand> operands =
        List.of(
            Operand.real(-1, 1, "batch", "length", 4, 3),
            Operand.real(-1, 1, "batch", "rows", 2, 3),
            Operand.real(-1, 1, "batch", "rows", 2, 2),
            Operand.real(-1, 1, "batch", "take", 2, 3),
            Operand.real(-1, 1, "batch", "take", 2, 2),
            Operand.real(-1, 1, "batch", "length", 2, 3),
            Operand.real(-1, 1, "batch", "length", 2, 2));
    for (int parts = 1; parts <= 3; parts++) {
      int count = parts;
      List<Operand> used = operands.subList(0, 1 + 2 * parts);
      add(
          "softmax attention over parts: " + parts,
          used,
          in -> Attend.softmax(in.get(0), parts(in, count), (products, pairs) -> products));
      add(
          "pointwise attention over parts: " + parts,
          used,
          in ->
              Attend.pointwise(
                  in.get(0),
                  parts(in, count),
                  (products, pairs) -> products.silu().times(Attend.mask(pairs))));
    }
    add(
        "scaled attention",
        operands.subList(0, 3),
        in -> scaledAttention(in.get(0), in.get(1), in.get(2)));
    add(
        "scaled attention whose keys are its values",
        operands.subList(0, 2),
        in -> scaledAttention(in.get(0), in.get(1), in.get(1)));
    add(
        "scaled attention whose keys are its queries",
        List.of(operands.get(0), Operand.real(-1, 1, "batch", "length", 4, 2)),
        in -> scaledAttention(in.get(0), in.get(0), in.get(1)));
  }

  private static Tensor scaledAttention(Tensor queries, Tensor keys, Tensor values) {
    return Attend.softmax(queries, parts(List.of(queries, keys, values), 1), 0.5);
  }

  /**
   * The third part is diagonal; the others hide every third key, from another one for each query.
   */
  private static List<Part> parts(List<Tensor> in, int count) {
    Graph graph = in.get(0).graph();
    Tensor query = graph.range(in.get(0).dim(1)).unsqueeze(1);
    TokenContext none = new NoTokens(graph);
    List<Part> parts = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      Tensor key = in.get(1 + 2 * i);
      Tensor place = graph.range(key.dim(1)).unsqueeze(0).plus(query);
      Tensor mask =
          i == 2
              ? query.atLeast(graph.constant(0L))
              : place.modulo(graph.constant(3L)).greaterThan(0);
      parts.add(
          new Part(
              Memory.of(key, in.get(2 + 2 * i)),
              new PairContext(none, none, i == 2, mask.unsqueeze(0))));
    }
    return parts;
  }

  /** Gradients are graphs, so they have gradients. */
  private void secondOrder() {
    List<Operand> x = List.of(Operand.real(-2, 2, BATCH));
    add("slope of silu", x, in -> slope(in.get(0).silu(), in.get(0)));
    add("slope of softmax", x, in -> slope(in.get(0).softmax(-1).square(), in.get(0)));
    add("slope of tanh", x, in -> slope(in.get(0).tanh(), in.get(0)));
    add("slope of rmsNorm", x, in -> slope(in.get(0).rmsNorm(0.1).exp(), in.get(0)));
    add(
        "slope of matmul and gather",
        List.of(
            Operand.real(-1, 1, "rows", 3),
            Operand.whole(List.of(3L, 0L, 3L, 3L, 1L, 0L, 4L), "ids")),
        in -> {
          Tensor rows = in.get(0).gather(in.get(1));
          return slope(rows.matmul(rows.swap(0, 1)).tanh(), in.get(0));
        });
  }

  private static Tensor slope(Tensor y, Tensor x) {
    return Gradients.of(y.sumAll(), List.of(x)).get(0);
  }

  /** A graph of the ops without gradient, each where its use is natural. */
  public static Graph withoutGradient() {
    Graph graph = Graph.inference("without gradient");
    Tensor x = graph.input("x", ElementType.FLOAT, "batch", 4);
    Tensor n = graph.input("n", ElementType.INT64, "batch", 4);
    graph.output("floor", x.floor());
    graph.output("floored", x.floor().cast(ElementType.INT64));
    graph.output("real", n.cast(ElementType.FLOAT));
    graph.output("modulo", n.modulo(graph.constant(3L)));
    Tensor truth =
        n.equalTo(2)
            .or(n.lessThan(graph.constant(1L)))
            .and(n.atMost(graph.constant(9L)))
            .and(n.atLeast(graph.constant(0L)).not().or(x.greaterThan(0)));
    graph.output("truth", truth);
    graph.output("whole where", truth.where(n, n.plus(1)));
    graph.output("top", x.topK(-1, Dim.of(2)).values());
    Tensor k = graph.sizeInput("k");
    Tensor.Top top = n.topK(1, Dim.of("k"));
    graph.output("whole top", top.values());
    graph.output("whole top indices", top.indices().plus(k));
    graph.output("range", graph.range(Dim.of("batch")));
    graph.output("filled", graph.filled(x.shape(), 2));
    graph.output("sizes", graph.sizesOf(x.shape()));
    graph.output("whole abs", n.abs().negate());
    graph.output("whole sum", n.sum(-1).max(1).min(5));
    graph.output("whole running sum", n.cumulativeSum(1));
    graph.output("whole largest", n.largest(-1));
    graph.output("whole quotient", n.dividedBy(2).times(3).minus(1));
    graph.output("whole rows", n.gather(graph.constants(0L, 1L)));
    graph.output("same", x.stopGradient());
    return graph;
  }
}
