package io.genrec.api.graph;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.genrec.api.GenRecException;
import java.util.List;
import java.util.function.BinaryOperator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class ShapeErrorsTest {
  private final Graph graph = Graph.inference("score");
  private final Tensor x = graph.input("x", ElementType.FLOAT, "batch", "length", 4);
  private final Tensor whole = graph.input("whole", ElementType.INT64, "batch", 3);
  private final Tensor truth = graph.input("truth", ElementType.BOOL, "batch", 3);

  @Test
  void theMessageNamesOpScopeAndBothShapes() {
    Tensor y = graph.input("y", ElementType.FLOAT, "batch", 3, 4);
    try (var outer = graph.enter("hstu");
        var inner = graph.enter("layer0")) {
      assertThatThrownBy(() -> x.plus(y))
          .isInstanceOf(ShapeException.class)
          .hasMessageContaining("Add in hstu/layer0")
          .hasMessageContaining("FLOAT [batch, length, 4]")
          .hasMessageContaining("FLOAT [batch, 3, 4]")
          .hasMessageContaining("length and 3 differ");
    }
    assertThatThrownBy(() -> x.plus(y)).hasMessageStartingWith("Add on FLOAT [batch");
  }

  private static Arguments pair(String op, BinaryOperator<Tensor> function, String reason) {
    return Arguments.of(op, function, reason);
  }

  static List<Arguments> misfits() {
    return List.of(
        pair("MatMul", (x, n) -> x.matmul(x), "the inner sizes 4 and length differ"),
        pair("MatMul", (x, n) -> x.sumAll().matmul(x), "at least two axes"),
        pair("MatMul", (x, n) -> n.matmul(x), "expected FLOAT but got INT64"),
        pair("Add", (x, n) -> x.plus(n), "expected FLOAT but got INT64"),
        pair("Mul", (x, n) -> n.equalTo(1).times(n.equalTo(1)), "expected numbers but got BOOL"),
        pair("And", (x, n) -> x.and(x), "expected BOOL but got FLOAT"),
        pair("Not", (x, n) -> n.not(), "expected BOOL but got INT64"),
        pair("Less", (x, n) -> x.lessThan(n), "expected FLOAT but got INT64"),
        pair("Where", (x, n) -> x.where(x, x), "expected BOOL but got FLOAT"),
        pair("Exp", (x, n) -> n.exp(), "expected FLOAT but got INT64"),
        pair("Mod", (x, n) -> x.modulo(x), "expected INT64 but got FLOAT"),
        pair("ReduceSum", (x, n) -> n.equalTo(1).sum(0), "expected numbers but got BOOL"),
        pair("ReduceMean", (x, n) -> n.mean(0), "expected FLOAT but got INT64"),
        pair("Softmax", (x, n) -> n.softmax(0), "expected FLOAT but got INT64"),
        pair("Gather", (x, n) -> x.gather(x), "expected INT64 but got FLOAT"),
        pair("GatherElements", (x, n) -> x.gatherElements(1, n), "all but axis 1 must be equal"),
        pair("ScatterND", (x, n) -> x.scatterAdd(n.rows(), x), "must be [n, 1]"),
        pair(
            "ScatterElements",
            (x, n) -> n.scatterAddElements(0, n.sum(1), n.sum(1)),
            "all but axis 0 must be equal"),
        pair("Reshape", (x, n) -> x.reshape("batch", 5), "do not fill [batch, 5]"),
        pair("Expand", (x, n) -> x.expand(Shape.of("batch", 2, 4)), "length and 2 differ"),
        pair(
            "Expand",
            (x, n) -> x.expand(Shape.of("batch", "length", 1)),
            "does not stretch to [batch, length, 1]"),
        pair("Split", (x, n) -> x.split(-1, 2, 3).get(0), "pieces [2, 3] do not fill axis 2"),
        pair("Slice", (x, n) -> x.slice(2, 1, 5), "range 1 to 5 is not within axis 2"),
        pair("Slice", (x, n) -> x.slice(1, -1, 2), "range -1 to 2 is not within axis 1"),
        pair("Slice", (x, n) -> x.slice(1, 3, 2), "range 3 to 2 is not within axis 1"),
        pair(
            "Slice",
            (x, n) -> x.slice(1, Dim.of(0), Dim.of("length").plus(Dim.ONE)),
            "is not within axis 1"),
        pair("Pad", (x, n) -> x.pad(0, Dim.of(-1), Dim.of(0)), "must not be negative"),
        pair("TopK", (x, n) -> x.topK(-1, Dim.of(5)).values(), "no 5 largest of 4 entries"),
        pair("Concat", (x, n) -> Tensor.concat(1, List.of(x, x.sum(-1))), "all but axis 1"),
        pair("Concat", (x, n) -> Tensor.concat(0, List.of(x, x.sumAll())), "all but axis 0"),
        pair("Concat", (x, n) -> Tensor.concat(0, List.of(n, x)), "expected INT64 but got FLOAT"),
        pair("Transpose", (x, n) -> x.transpose(0, 1, 1), "each axis of [batch, length, 4] once"));
  }

  @ParameterizedTest
  @MethodSource("misfits")
  void misfitsAreFoundWhileBuilding(String op, BinaryOperator<Tensor> function, String reason) {
    assertThatThrownBy(() -> function.apply(x, whole))
        .isInstanceOf(ShapeException.class)
        .hasMessageStartingWith(op + " on ")
        .hasMessageContaining(reason);
  }

  @Test
  void axesAreChecked() {
    assertThatThrownBy(() -> x.sum(3))
        .isInstanceOf(ShapeException.class)
        .hasMessage("no axis 3 in [batch, length, 4]");
    assertThatThrownBy(() -> x.mean(-4)).hasMessageContaining("no axis -4");
    assertThatThrownBy(() -> x.sum(0, -3)).hasMessageContaining("twice");
    assertThatThrownBy(() -> x.squeeze(1)).hasMessageContaining("has not size 1");
    assertThatThrownBy(() -> x.groupNorm(3, 1e-5)).hasMessageContaining("3 groups");
    assertThatThrownBy(() -> whole.plus(0.5)).hasMessageContaining("0.5");
    assertThatThrownBy(() -> truth.plus(1)).hasMessageContaining("BOOL");
  }

  @Test
  void recurrencesAreChecked() {
    Tensor steps = graph.input("steps", ElementType.FLOAT, "length", "batch", 4);
    Tensor state = graph.zeros(Shape.of(1, 4));
    Recurrence.Body add = (states, now, all) -> Recurrence.Step.of(states.get(0).plus(now.get(0)));
    assertThatThrownBy(() -> Recurrence.over(List.of(state), List.of(steps), List.of(), add))
        .isInstanceOf(ShapeException.class)
        .hasMessageContainingAll("state 0", "FLOAT[1, 4]", "FLOAT[batch, 4]", "first state");
    Tensor fit = graph.zeros(Shape.of("batch", 4));
    assertThatThrownBy(() -> Recurrence.over(List.of(fit), List.of(steps, x), List.of(), add))
        .isInstanceOf(ShapeException.class)
        .hasMessageContainingAll("Scan on", "length steps", "batch");
    assertThatThrownBy(() -> Recurrence.over(List.of(fit), List.of(steps.sumAll()), List.of(), add))
        .isInstanceOf(ShapeException.class)
        .hasMessageContaining("[steps, ...]");
    assertThatThrownBy(() -> Recurrence.over(List.of(fit, fit), List.of(steps), List.of(), add))
        .isInstanceOf(ShapeException.class)
        .hasMessageContaining("begins with 2 states but leaves 1");
    assertThatThrownBy(() -> Recurrence.over(List.of(fit), List.of(), List.of(), add))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("needs an input");
  }

  @Test
  void aStepReadsTensorsFromOutsideAsConstantsOnly() {
    Tensor steps = graph.input("steps", ElementType.FLOAT, "length", "batch", 4);
    assertThatThrownBy(
            () ->
                Recurrence.over(
                    List.of(),
                    List.of(steps),
                    List.of(),
                    (states, now, all) ->
                        new Recurrence.Step(List.of(), List.of(now.get(0).plus(x)))))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContainingAll("\"score\"", "\"score/step\"");
  }

  @Test
  void aNameOfSizeOneDoesNotStretch() {
    Tensor y = graph.input("y", ElementType.FLOAT, "one", "length", 4);
    assertThatThrownBy(() -> x.times(y)).hasMessageContaining("batch and one differ");
  }

  @Test
  void tensorsOfTwoGraphsDoNotMix() {
    Tensor other = Graph.inference("train").input("x", ElementType.FLOAT, "batch", "length", 4);
    assertThatThrownBy(() -> x.plus(other))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("\"train\"")
        .hasMessageContaining("\"score\"")
        .hasMessageContaining("w.in(x)");
    assertThatThrownBy(() -> graph.output("y", other)).hasMessageContaining("\"train\"");
  }

  @Test
  void aSizeThatNoInputShowsIsUnknown() {
    assertThatThrownBy(() -> graph.range(Dim.of("items")))
        .isInstanceOf(ShapeException.class)
        .hasMessageContaining("score")
        .hasMessageContaining("\"items\"");
    assertThatThrownBy(() -> graph.zeros(Shape.of("batch", "items"))).hasMessageContaining("items");
    graph.sizeInput("items");
    assertThatCode(() -> graph.range(Dim.of("items"))).doesNotThrowAnyException();
  }

  @Test
  void inputsOutputsAndParametersHaveTheirOwnNames() {
    assertThat(graph.input("x", ElementType.FLOAT, "batch", "length", 4)).isSameAs(x);
    assertThatThrownBy(() -> graph.input("x", ElementType.FLOAT, "batch"))
        .isInstanceOf(ShapeException.class)
        .hasMessageContaining("\"x\"");
    graph.output("y", x.exp());
    assertThatThrownBy(() -> graph.output("y", x)).hasMessageContaining("\"y\" already");
    assertThatThrownBy(() -> graph.output("x", x.exp())).hasMessageContaining("input \"x\"");
    assertThatThrownBy(() -> graph.input("y", ElementType.FLOAT, 1))
        .hasMessageContaining("output \"y\"");
    assertThatCode(() -> graph.output("x", x)).doesNotThrowAnyException();
    Parameter w = Parameter.dense("w", Initializer.zeros(), 4);
    assertThat(w.in(x)).isSameAs(w.in(graph));
    assertThatThrownBy(() -> Parameter.dense("w", Initializer.zeros(), 4).in(graph))
        .hasMessageContaining("two parameters are called \"w\"");
    Parameter clash = Parameter.dense("whole", Initializer.zeros(), 4);
    assertThatThrownBy(() -> clash.in(graph)).hasMessageContaining("\"whole\"");
  }

  @Test
  void aModelDeclaresEachNameOnce() {
    Scope layer = Scope.root().child("hstu").child("layer0");
    layer.parameter("uvqk", Initializer.zeros(), 4, 16);
    assertThatThrownBy(() -> layer.embedding("uvqk", Initializer.zeros(), 4, 16))
        .isInstanceOfSatisfying(
            GenRecException.class, e -> assertThat(e.id()).isEqualTo("DuplicateParameter"))
        .hasMessageContaining("\"hstu/layer0/uvqk\"")
        .hasMessageContaining("child scope");
    layer.dropout("out", 0.2);
    assertThatThrownBy(() -> layer.dropout("out", 0.1))
        .isInstanceOfSatisfying(
            GenRecException.class, e -> assertThat(e.id()).isEqualTo("DuplicateDropout"))
        .hasMessageContaining("\"hstu/layer0/out\"");
    assertThatThrownBy(() -> layer.dropout("in", 1)).hasMessageContaining("below 1 but is 1.0");
    assertThatCode(() -> layer.child("a").dropout("out", 0)).doesNotThrowAnyException();
  }

  @Test
  void aDropoutSiteActsOnceAndOnlyInTraining() {
    Dropout dropout = new Dropout("layer0/out", 0.5);
    assertThat(dropout.apply(x)).isSameAs(x);
    Graph training = Graph.training("train");
    Tensor y = training.input("y", ElementType.FLOAT, "batch");
    assertThat(dropout.apply(y)).isNotSameAs(y);
    assertThat(training.dropouts()).containsOnlyKeys("dropout/layer0/out");
    assertThatThrownBy(() -> dropout.apply(y))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("\"layer0/out\"")
        .hasMessageContaining("twice");
  }

  /** A kernel reads as many entries of them as there are in a row. */
  @Test
  void learnedNormsNeedAScaleAndAShiftForEachEntry() {
    Tensor four = graph.input("four", ElementType.FLOAT, 4);
    Tensor one = graph.input("one", ElementType.FLOAT, 1);
    Tensor own = graph.input("own", ElementType.FLOAT, "batch", 1, 4);
    assertThatCode(() -> x.layerNorm(1e-5, four, four)).doesNotThrowAnyException();
    for (Tensor wrong : List.of(one, own)) {
      assertThatThrownBy(() -> x.layerNorm(1e-5, wrong, four))
          .isInstanceOf(ShapeException.class)
          .hasMessageContaining("AffineLayerNorm needs a scale and a shift of shape [4]");
      assertThatThrownBy(() -> x.swishLayerNorm(1e-5, four, wrong))
          .isInstanceOf(ShapeException.class)
          .hasMessageContaining("SwishLayerNorm needs");
    }
  }
}
