package io.genrec.engine.model;

import io.genrec.api.graph.Dim;
import io.genrec.api.graph.ElementType;
import io.genrec.api.graph.Graph;
import io.genrec.api.graph.Tensor;
import io.genrec.api.sequence.PairContext;
import io.genrec.api.sequence.TokenContext;
import java.util.Optional;

/**
 * Tokens as inputs of a graph, in the columns that {@link io.genrec.api.sequence.TokenRow} writes.
 * An input is declared when it is first asked for.
 */
final class TokenInputs implements TokenContext {
  private static final String BATCH = "batch";
  private static final String LENGTH = "length";

  private final Graph graph;
  private final TableRows tables;
  private Optional<PairContext> pairs = Optional.empty();

  TokenInputs(Graph graph, TableRows tables) {
    this.graph = graph;
    this.tables = tables;
    valid();
  }

  @Override
  public Graph graph() {
    return graph;
  }

  @Override
  public Tensor feature(String name) {
    return whole("tokens/" + name);
  }

  @Override
  public Tensor embed(String name) {
    return tables.embed(graph, name, feature(name));
  }

  @Override
  public Tensor position() {
    return graph.range(Dim.of(LENGTH)).unsqueeze(0);
  }

  @Override
  public Tensor time() {
    return whole("tokens/time");
  }

  @Override
  public Tensor predictionTime() {
    return whole("tokens/prediction_time");
  }

  @Override
  public Tensor valid() {
    return graph.input("tokens/valid", ElementType.BOOL, BATCH, LENGTH);
  }

  @Override
  public PairContext pairs() {
    if (pairs.isEmpty()) {
      pairs = Optional.of(PairContext.causal(this));
    }
    return pairs.get();
  }

  /** The number of tokens of each sequence: whole [batch]. */
  Tensor lengths() {
    return graph.input("tokens/length", ElementType.INT64, BATCH);
  }

  private Tensor whole(String name) {
    return graph.input(name, ElementType.INT64, BATCH, LENGTH);
  }
}
