package io.genrec.engine.model;

import io.genrec.api.encoder.TokenEmbedding;
import io.genrec.api.graph.Dim;
import io.genrec.api.graph.ElementType;
import io.genrec.api.graph.Graph;
import io.genrec.api.graph.Tensor;
import io.genrec.api.sequence.PairContext;
import io.genrec.api.sequence.Role;
import io.genrec.api.sequence.Schema;
import io.genrec.api.sequence.TokenContext;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * Tokens as inputs of a graph: whole sequences, in the columns that {@link
 * io.genrec.api.sequence.TokenRow} writes, or the parts into which cached scoring cuts them. An
 * input is declared when it is first asked for.
 */
final class TokenInputs implements TokenContext {
  private static final String BATCH = "batch";

  private final Graph graph;
  private final TableRows tables;
  private final Part part;
  private final boolean candidates;
  private final Optional<TokenEmbedding> embedding;
  private final boolean padded;
  private final boolean positions;
  private final Map<String, Tensor> embedded = new HashMap<>();
  private Optional<PairContext> pairs = Optional.empty();

  /** Which tokens of a sequence these are. */
  enum Part {
    /** All. */
    WHOLE("tokens", "length"),
    /** The first of the history, whose memory is cached; they are only keys. */
    CACHED("cached", "cached"),
    /** The rest of the history. */
    APPENDED("tokens", "length"),
    /** The candidates. */
    CANDIDATES("candidates", "candidates");

    private final String prefix;
    private final String dim;

    Part(String prefix, String dim) {
      this.prefix = prefix;
      this.dim = dim;
    }

    /** The name of the axis of these tokens. */
    String dim() {
      return dim;
    }
  }

  private TokenInputs(
      Graph graph,
      TableRows tables,
      Part part,
      boolean candidates,
      Optional<TokenEmbedding> embedding,
      boolean padded,
      boolean positions) {
    this.embedding = embedding;
    this.positions = positions;
    this.graph = graph;
    this.tables = tables;
    this.part = part;
    this.candidates = candidates;
    this.padded = padded;
    valid();
  }

  /** Whole sequences of tokens in some roles. */
  static TokenInputs whole(
      Graph graph, TableRows tables, Set<Role> roles, Optional<TokenEmbedding> embedding) {
    boolean candidates = roles.contains(Role.CANDIDATE);
    return new TokenInputs(graph, tables, Part.WHOLE, candidates, embedding, true, false);
  }

  /** A part of each sequence. */
  static TokenInputs part(
      Graph graph, TableRows tables, Part part, Optional<TokenEmbedding> embedding) {
    boolean candidates = part == Part.CANDIDATES;
    return new TokenInputs(graph, tables, part, candidates, embedding, true, false);
  }

  /** The same tokens where every one is there. */
  TokenInputs unpadded() {
    return new TokenInputs(graph, tables, part, candidates, embedding, false, positions);
  }

  /** The same tokens, whose places are given, since others between them are left out. */
  TokenInputs withPositions() {
    return new TokenInputs(graph, tables, part, candidates, embedding, padded, true);
  }

  /** Whether these are sequences from their beginning. */
  boolean isWhole() {
    return part == Part.WHOLE;
  }

  @Override
  public Graph graph() {
    return graph;
  }

  @Override
  public Tensor feature(String name) {
    return whole(name);
  }

  /** The same tensor for all who ask, so that a table has one gradient by these tokens. */
  @Override
  public Tensor embed(String name) {
    return embedded.computeIfAbsent(name, other -> tables.embed(graph, other, feature(other)));
  }

  @Override
  public Tensor number(String name) {
    return graph.input(part.prefix + "/number/" + name, ElementType.FLOAT, BATCH, part.dim());
  }

  @Override
  public Tensor embedding() {
    return embedding.map(inputs -> inputs.embed(this)).orElseGet(() -> embed(Schema.ITEM));
  }

  @Override
  public Tensor position() {
    if (positions) {
      return whole("position");
    }
    return switch (part) {
      case WHOLE -> candidates ? index().min(historyLength().unsqueeze(1)) : index();
      case CACHED -> index();
      // Padding stands right behind, however much longer another sequence's part is.
      case APPENDED -> (padded ? index().min(ownLength()) : index()).plus(cachedLength());
      case CANDIDATES -> historyLength().unsqueeze(1);
    };
  }

  /** The slot of each token among these: whole [1, length]. */
  private Tensor index() {
    return graph.range(Dim.of(part.dim())).unsqueeze(0);
  }

  /** How many of these tokens are there: whole [batch, 1]. */
  private Tensor ownLength() {
    return valid().cast(ElementType.INT64).sum(1);
  }

  private Tensor cachedLength() {
    return bySequence("cached/length").unsqueeze(1);
  }

  @Override
  public Tensor time() {
    return part == Part.CANDIDATES ? requestTime().unsqueeze(1) : whole("time");
  }

  @Override
  public Tensor predictionTime() {
    return part == Part.CANDIDATES ? requestTime().unsqueeze(1) : whole("prediction_time");
  }

  @Override
  public Tensor valid() {
    if (!padded) {
      Tensor zero = graph.constants(0L).unsqueeze(0);
      return zero.equalTo(zero);
    }
    return part == Part.CACHED
        ? index().lessThan(cachedLength())
        : graph.input(part.prefix + "/valid", ElementType.BOOL, BATCH, part.dim());
  }

  @Override
  public Tensor role() {
    return part == Part.CANDIDATES
        ? graph.constants((long) Role.CANDIDATE.ordinal()).unsqueeze(0)
        : whole("role");
  }

  @Override
  public Tensor historyLength() {
    return bySequence("sequence/history");
  }

  @Override
  public Tensor contextLength() {
    return bySequence("sequence/context");
  }

  @Override
  public Tensor candidateCount() {
    return bySequence("sequence/candidates");
  }

  @Override
  public Tensor requestTime() {
    return bySequence("sequence/request_time");
  }

  @Override
  public PairContext pairs() {
    if (pairs.isEmpty()) {
      pairs =
          Optional.of(
              switch (part) {
                case WHOLE ->
                    candidates
                        ? PairContext.causalToCandidates(this, index().squeeze(0))
                        : PairContext.causal(this, index().squeeze(0));
                case CACHED, APPENDED -> PairContext.causal(this, index().squeeze(0));
                case CANDIDATES -> PairContext.self(this);
              });
    }
    return pairs.get();
  }

  /** The number of tokens of each sequence: whole [batch]. */
  Tensor lengths() {
    return bySequence("tokens/length");
  }

  private Tensor bySequence(String name) {
    return graph.input(name, ElementType.INT64, BATCH);
  }

  private Tensor whole(String name) {
    return graph.input(part.prefix + "/" + name, ElementType.INT64, BATCH, part.dim());
  }
}
