package io.genrec.engine.model;

import io.genrec.api.graph.Dim;
import io.genrec.api.graph.ElementType;
import io.genrec.api.graph.Graph;
import io.genrec.api.graph.Shape;
import io.genrec.api.graph.Tensor;
import java.util.ArrayList;
import java.util.List;

/**
 * The exact best rows of a table in parts: the best of each part, then the best of those. Equal
 * scores rank by row.
 */
final class Ranking {
  private static final String K = "k";
  private static final double NEVER = -1e9;
  private static final double NORM_EPSILON = 1e-6;

  private final Graph graph;
  private final Tensor excluded;

  Ranking(Graph graph) {
    this.graph = graph;
    graph.sizeInput(K);
    this.excluded = graph.input("excluded", ElementType.INT64, "batch", "excluded");
  }

  /** Rows divided by their norms. */
  static Tensor unit(Tensor rows) {
    return rows.l2Norm(NORM_EPSILON);
  }

  /**
   * The best rows.
   *
   * @param user real {@code [batch, dim]}
   * @param spans all rows, each part divided by the rows' norms
   * @return values and rows {@code [batch, k]}
   */
  Tensor.Top best(Tensor user, List<TableRows.Span> spans) {
    List<Tensor> values = new ArrayList<>();
    List<Tensor> rows = new ArrayList<>();
    for (TableRows.Span span : spans) {
      Tensor scores = user.matmul(span.rows().swap(0, 1));
      Tensor.Top top = without(scores, span, spans.size()).topK(1, Dim.of(K));
      values.add(top.values());
      rows.add(
          span.first() == 0 ? top.indices() : top.indices().plus(graph.constant(span.first())));
    }
    if (spans.size() == 1) {
      return new Tensor.Top(values.get(0), rows.get(0));
    }
    Tensor.Top top = Tensor.concat(1, values).topK(1, Dim.of(K));
    return new Tensor.Top(top.values(), Tensor.concat(1, rows).gatherElements(1, top.indices()));
  }

  /** Scores with the excluded rows, and row 0 ("none"), far below all others. */
  private Tensor without(Tensor scores, TableRows.Span span, int spans) {
    Tensor index = excluded;
    Tensor penalty = graph.filled(excluded.shape(), NEVER);
    if (spans > 1) {
      TableParts.Local local = TableParts.Local.of(excluded, span);
      index = local.row();
      penalty = local.inside().cast(ElementType.FLOAT).times(penalty);
    }
    if (span.first() == 0) {
      Tensor none = graph.filled(Shape.of("batch", 1), 0).cast(ElementType.INT64);
      index = Tensor.concat(1, List.of(none, index));
      penalty = Tensor.concat(1, List.of(graph.filled(Shape.of("batch", 1), NEVER), penalty));
    }
    return scores.scatterAddElements(1, index, penalty);
  }
}
