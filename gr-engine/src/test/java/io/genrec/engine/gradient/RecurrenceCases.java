package io.genrec.engine.gradient;

import io.genrec.api.graph.ElementType;
import io.genrec.api.graph.Gradients;
import io.genrec.api.graph.Recurrence;
import io.genrec.api.graph.Recurrence.Step;
import io.genrec.api.graph.Shape;
import io.genrec.api.graph.Tensor;
import io.genrec.engine.gradient.GradientCase.Operand;
import io.genrec.engine.onnx.Precision;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;

/** Recurrences: each way in which a step may use what it is given. */
final class RecurrenceCases {
  private static final Operand START = Operand.real(-1, 1, "batch", 3);
  private static final Operand INPUTS = Operand.real(-1, 1, "length", "batch", 3);
  private static final Operand WEIGHT = Operand.real(-1, 1, 3, 3);

  private final List<GradientCase> cases = new ArrayList<>();

  private RecurrenceCases() {}

  static List<GradientCase> all() {
    RecurrenceCases all = new RecurrenceCases();
    all.states();
    all.constants();
    all.wholeNumbers();
    all.nested();
    return all.cases;
  }

  private void add(String name, List<Operand> operands, Function<List<Tensor>, Tensor> function) {
    cases.add(new GradientCase("recurrence: " + name, Precision.FLOAT64, operands, function));
  }

  /** h = tanh(x + h W). */
  private static Recurrence.Result simple(Tensor start, Tensor inputs, Tensor weight) {
    return steps(
        List.of(start, inputs, weight),
        (states, now, constants) ->
            Step.of(now.get(0).plus(states.get(0).matmul(constants.get(0))).tanh()));
  }

  private static Tensor all(Recurrence.Result result) {
    return result.states().get(0);
  }

  private void states() {
    List<Operand> operands = List.of(START, INPUTS, WEIGHT);
    add("all states", operands, in -> all(simple(in.get(0), in.get(1), in.get(2))));
    add("last state", operands, in -> simple(in.get(0), in.get(1), in.get(2)).last().get(0));
    add(
        "states of one as inputs of the next",
        operands,
        in -> {
          Tensor first = all(simple(in.get(0), in.get(1), in.get(2)));
          return all(simple(in.get(0).exp(), first, in.get(2)));
        });
    add(
        "two states and an output",
        List.of(START, START, INPUTS, INPUTS),
        in -> {
          Recurrence.Result result =
              Recurrence.over(
                  List.of(in.get(0), in.get(1)),
                  List.of(in.get(2), in.get(3)),
                  List.of(),
                  (states, now, constants) -> {
                    Tensor cell = states.get(1).times(now.get(1).sigmoid()).plus(now.get(0));
                    Tensor shown = cell.tanh().times(states.get(0));
                    return new Step(List.of(shown, cell), List.of(cell.exp(), states.get(0)));
                  });
          Tensor kept = result.outputs().get(0).plus(result.outputs().get(1));
          return kept.plus(result.last().get(0)).times(result.last().get(1));
        });
    add(
        "states that stay or change places",
        List.of(START, START, INPUTS),
        in -> {
          Recurrence.Result result =
              Recurrence.over(
                  List.of(in.get(0), in.get(1), in.get(0).exp()),
                  List.of(in.get(2)),
                  List.of(),
                  (states, now, constants) ->
                      Step.of(states.get(1), states.get(0).times(now.get(0)), states.get(2)));
          return result.states().get(0).times(result.last().get(2)).plus(result.last().get(1));
        });
    add(
        "a state that forgets, and inputs that only an unread output reads",
        List.of(START, INPUTS, INPUTS),
        in -> {
          Recurrence.Result result =
              Recurrence.over(
                  List.of(in.get(0)),
                  List.of(in.get(1), in.get(2)),
                  List.of(),
                  (states, now, constants) ->
                      new Step(List.of(now.get(0).exp()), List.of(now.get(1).floor())));
          return result.last().get(0).square().plus(in.get(2).sum(0).squeeze(0));
        });
    add(
        "no state",
        List.of(INPUTS),
        in ->
            Recurrence.over(
                    List.of(),
                    List.of(in.get(0)),
                    List.of(),
                    (states, now, constants) ->
                        new Step(List.of(), List.of(now.get(0).softmax(-1))))
                .outputs()
                .get(0));
    add(
        "slope",
        operands,
        in -> slope(all(simple(in.get(0), in.get(1), in.get(2))).square(), in.get(0)));
    add(
        "slope by the weight",
        operands,
        in -> slope(all(simple(in.get(0), in.get(1), in.get(2))).exp(), in.get(2)));
  }

  private static Tensor slope(Tensor y, Tensor x) {
    return Gradients.of(y.sumAll(), List.of(x)).get(0);
  }

  /** The states of steps that begin with the first operand, by the second; the rest is constant. */
  private static Recurrence.Result steps(List<Tensor> in, Recurrence.Body body) {
    return Recurrence.over(List.of(in.get(0)), List.of(in.get(1)), in.subList(2, in.size()), body);
  }

  /** Weights whose gradients are summed in the state, or made after the loop. */
  private void constants() {
    add(
        "factors of what a step computes",
        List.of(START, INPUTS, WEIGHT, WEIGHT),
        in ->
            all(
                steps(
                    in,
                    (states, now, constants) -> {
                      Tensor h = states.get(0);
                      Tensor gate = h.matmul(constants.get(0)).sigmoid();
                      Tensor next = gate.times(h).matmul(constants.get(1));
                      Tensor again = now.get(0).matmul(constants.get(0));
                      return Step.of(next.plus(again).tanh());
                    })));
    add(
        "a weight that is a left factor, a term and a right factor",
        List.of(WEIGHT, Operand.real(-1, 1, "length", 3, 3), WEIGHT),
        in ->
            all(
                steps(
                    in,
                    (states, now, constants) -> {
                      Tensor w = constants.get(0);
                      Tensor products = w.matmul(states.get(0)).plus(now.get(0).matmul(w));
                      return Step.of(products.plus(w).tanh());
                    })));
    add(
        "a product of constants",
        List.of(START, INPUTS, WEIGHT, WEIGHT),
        in ->
            all(
                steps(
                    in,
                    (states, now, constants) -> {
                      Tensor product = constants.get(0).matmul(constants.get(1));
                      return Step.of(now.get(0).plus(states.get(0).matmul(product)).tanh());
                    })));
    add(
        "a bias, a scale, one that is not used and one that is kept",
        List.of(START, INPUTS, Operand.real(-1, 1, 3), Operand.real(-1, 1), WEIGHT, WEIGHT),
        in -> {
          Recurrence.Result result =
              steps(
                  in,
                  (states, now, constants) -> {
                    Tensor sum = now.get(0).plus(states.get(0)).plus(constants.get(0));
                    Tensor next = sum.times(constants.get(1)).tanh();
                    return new Step(List.of(next), List.of(constants.get(3)));
                  });
          return all(result).plus(result.outputs().get(0).sum(0, 1).reshape(1, 1, 3));
        });
    add(
        "products of matrices by each step's own",
        List.of(Operand.real(-1, 1, "batch", 2, 3), Operand.real(-1, 1, "length", 3, 3), WEIGHT),
        in ->
            all(
                steps(
                    in,
                    (states, now, constants) -> {
                      Tensor turned = states.get(0).matmul(now.get(0)).tanh();
                      return Step.of(turned.matmul(constants.get(0)).sigmoid());
                    })));
  }

  private void wholeNumbers() {
    add(
        "rows by index, and a count of steps",
        List.of(
            START,
            Operand.whole(List.of(3L, 0L, 3L, 3L, 1L, 0L), "length", "batch"),
            Operand.real(-1, 1, "rows", 3)),
        in -> {
          Tensor zero = in.get(1).graph().zeros(Shape.of(1)).cast(ElementType.INT64);
          Recurrence.Result result =
              Recurrence.over(
                  List.of(zero, in.get(0)),
                  List.of(in.get(1)),
                  List.of(in.get(2)),
                  (states, now, constants) -> {
                    Tensor row = constants.get(0).gather(now.get(0));
                    Tensor weight = states.get(0).plus(1).cast(ElementType.FLOAT);
                    Tensor next = states.get(1).times(row).times(weight).plus(row.square());
                    return Step.of(states.get(0).plus(1), next);
                  });
          Tensor steps = result.last().get(0).cast(ElementType.FLOAT);
          return result.states().get(1).times(steps);
        });
    add(
        "a mask of truth values",
        List.of(START, INPUTS),
        in -> {
          Tensor seen = in.get(1).greaterThan(0);
          return all(
              Recurrence.over(
                  List.of(in.get(0)),
                  List.of(in.get(1), seen),
                  List.of(),
                  (states, now, constants) ->
                      Step.of(now.get(1).where(now.get(0).exp(), states.get(0).times(2)))));
        });
  }

  private void nested() {
    add(
        "within a recurrence",
        List.of(START, INPUTS, WEIGHT),
        in ->
            all(
                Recurrence.over(
                    List.of(in.get(0)),
                    List.of(in.get(1)),
                    List.of(in.get(1), in.get(2)),
                    (states, now, constants) -> {
                      Tensor from = states.get(0).plus(now.get(0));
                      return Step.of(
                          simple(from, constants.get(0), constants.get(1)).last().get(0));
                    })));
  }
}
