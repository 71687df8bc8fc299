package io.genrec.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.genrec.api.graph.ElementType;
import io.genrec.api.graph.Gradients;
import io.genrec.api.graph.Graph;
import io.genrec.api.graph.Initializer;
import io.genrec.api.graph.Parameter;
import io.genrec.api.graph.Scope;
import io.genrec.api.graph.Tensor;
import io.genrec.api.sequence.Histories;
import io.genrec.api.sequence.Schema;
import io.genrec.data.task.NextItem;
import java.util.List;
import org.junit.jupiter.api.Test;

class TrainingFlopsTest {
  /** Attention without projections, then one layer: y = silu(x x') x W. */
  @Test
  void countsTheMatrixProductsOfBothDirectionsAtEachLength() {
    Graph graph = Graph.inference("attention");
    Tensor x = graph.input("x", ElementType.FLOAT, "batch", "length", 8);
    Parameter weight = Scope.root().parameter("w", Initializer.ones(), 8, 3);
    Tensor pairs = x.matmul(x.swap(1, 2)).silu();
    Tensor y = pairs.matmul(x).matmul(weight.in(graph));
    graph.output("loss", y.sumAll());
    List<Tensor> gradients = Gradients.of(y.sumAll(), List.of(x, weight.in(graph)));
    graph.output("by x", gradients.get(0));
    graph.output("by weight", gradients.get(1));

    Schema schema = new Schema(List.of(new Schema.Feature(Schema.ITEM, 9, 8)), 10, 11);
    Histories histories = new SyntheticHistories(3, 6, 9);
    // An event is a target, the others are tokens.
    double length = 5;
    double pairsForward = 2 * length * length * 8;
    double mixForward = 2 * length * length * 8;
    double layerForward = 2 * length * 8 * 3;
    // Each product of two things that are learned through takes two more going back.
    double expected = 3 * 3 * (pairsForward + mixForward + layerForward);
    NextItem task = new NextItem(schema);
    assertThat(TrainingFlops.of(graph, task, histories)).contains(expected);

    Tensor other = graph.input("other", ElementType.FLOAT, "some", 8);
    graph.output("product", other.matmul(weight.in(graph)));
    assertThat(TrainingFlops.of(graph, task, histories)).isEmpty();
  }
}
