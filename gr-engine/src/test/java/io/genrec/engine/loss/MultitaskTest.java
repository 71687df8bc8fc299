package io.genrec.engine.loss;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.data.Offset.offset;

import io.genrec.api.GenRecException;
import io.genrec.api.graph.ElementType;
import io.genrec.api.graph.Graph;
import io.genrec.api.graph.Tensor;
import io.genrec.api.task.Label;
import io.genrec.api.training.LossContext;
import io.genrec.engine.runtime.Evaluation;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** The loss of ranking models in 64 bits against a plain loop over its definition. */
class MultitaskTest {
  private static final Label CLICK = new Label("click", Label.Kind.BINARY, 1.5);
  private static final Label WATCH = new Label("watch", Label.Kind.REGRESSION, 0.5);

  private record Inputs(Graph graph, List<Label> labels) implements LossContext {
    @Override
    public Tensor outputs() {
      throw new UnsupportedOperationException();
    }

    @Override
    public Tensor targets() {
      throw new UnsupportedOperationException();
    }

    @Override
    public Tensor weights() {
      throw new UnsupportedOperationException();
    }

    @Override
    public Tensor negatives() {
      throw new UnsupportedOperationException();
    }

    @Override
    public Tensor logProbabilities() {
      throw new UnsupportedOperationException();
    }

    @Override
    public Tensor table() {
      throw new UnsupportedOperationException();
    }

    @Override
    public Tensor prediction(String label) {
      return byToken("prediction/" + label);
    }

    @Override
    public Tensor label(String label) {
      return byToken("label/" + label);
    }

    @Override
    public Tensor labelWeight(String label) {
      return byToken("weight/" + label);
    }

    @Override
    public Tensor labelScale(String label) {
      return graph.input("scale/" + label, ElementType.FLOAT);
    }

    private Tensor byToken(String name) {
      return graph.input(name, ElementType.FLOAT, "batch", "length");
    }
  }

  @Test
  void isCrossEntropyAndSquaredErrorByWeight() {
    Random random = new Random(5);
    double[] logits = random.doubles(6, -3, 3).toArray();
    // An exponential of these would overflow.
    logits[4] = 800;
    logits[5] = -800;
    double[] clicks = {1, 0, 1, 0, 1, 1};
    double[] clickWeights = {1, 1, 0.5, 0, 1, 2};
    double[] guesses = random.doubles(6, -2, 2).toArray();
    double[] watched = random.doubles(6, -2, 2).toArray();
    double[] watchWeights = {1, 0, 0, 3, 0, 1};
    double expected = 0;
    for (int i = 0; i < 6; i++) {
      double entropy =
          i == 4 ? 0 : i == 5 ? 800 : -Math.log(1 / (1 + Math.exp(sign(clicks[i]) * logits[i])));
      expected += 0.2 * 1.5 * 4 * clickWeights[i] * entropy;
      expected += 0.2 * 0.5 * 7 * watchWeights[i] * Math.pow(guesses[i] - watched[i], 2);
    }
    Graph graph = Graph.inference("loss");
    LossContext context = new Inputs(graph, List.of(CLICK, WATCH));
    graph.output("loss", new Multitask().create(new Multitask.Config(0.2)).sum(context));
    try (Evaluation evaluation = Evaluation.exact(graph)) {
      evaluation.reals("prediction/click", logits, 2, 3);
      evaluation.reals("label/click", clicks, 2, 3);
      evaluation.reals("weight/click", clickWeights, 2, 3);
      evaluation.reals("scale/click", new double[] {4});
      evaluation.reals("prediction/watch", guesses, 2, 3);
      evaluation.reals("label/watch", watched, 2, 3);
      evaluation.reals("weight/watch", watchWeights, 2, 3);
      evaluation.reals("scale/watch", new double[] {7});
      assertThat(evaluation.run().get("loss")[0]).isCloseTo(expected, offset(1e-9));
    }
  }

  private static double sign(double click) {
    return click == 1 ? -1 : 1;
  }

  @Test
  void needsLabels() {
    LossContext context = new Inputs(Graph.inference("none"), List.of());
    assertThatThrownBy(() -> new Multitask().create(new Multitask.Config(1)).sum(context))
        .isInstanceOf(GenRecException.class)
        .hasMessageContainingAll("[GR/NotARanker]", "ranking-interleaved");
    assertThatThrownBy(() -> new Multitask.Config(0))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageStartingWith("weight");
  }
}
