package io.genrec.engine.model;

import io.genrec.api.GenRecException;
import io.genrec.api.graph.Graph;
import io.genrec.api.graph.Tensor;
import java.util.List;
import java.util.Set;

/** Where a graph finds the rows of embedding tables: whole, or in parts. */
interface TableRows {
  /** The rows of a feature's values: whole {@code [..]} to real {@code [.., dim]}. */
  Tensor embed(Graph graph, String feature, Tensor ids);

  /** The table as consecutive parts, each real {@code [rows, dim]}. */
  List<Span> spans(Graph graph, String feature);

  /**
   * Consecutive rows of a table.
   *
   * @param rows real {@code [rows, dim]}
   * @param first the table's row that they begin with
   * @param count how many they are; that a graph's input shows it is not needed
   */
  record Span(Tensor rows, long first, long count) {}

  /** What is thrown when a feature without a table is asked for. */
  static GenRecException unknown(String feature, Set<String> known) {
    return new GenRecException(
        "UnknownFeature",
        "the model has no table for the feature \""
            + feature
            + "\" (configuration key model/features); "
            + GenRecException.knownNames(feature, known));
  }
}
