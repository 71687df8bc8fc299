package io.genrec.api.sequence;

import io.genrec.api.graph.Graph;
import io.genrec.api.graph.Tensor;
import org.apiguardian.api.API;

/**
 * Queries and keys, pair by pair. A size of 1 stands where all sequences, queries or keys agree.
 *
 * @param queries the tokens that ask
 * @param keys the tokens that are asked
 * @param diagonal whether each query's only key is itself; then the axis of keys has size 1
 * @param mask whether a query sees a key: truth values {@code [1 or batch, queries or 1, keys or
 *     1]}
 * @param causal whether each query sees itself and all keys in slots before its own, and the mask
 *     says only that; false where nobody knows
 */
@API(status = API.Status.STABLE, since = "0.1")
public record PairContext(
    TokenContext queries, TokenContext keys, boolean diagonal, Tensor mask, boolean causal) {
  /** Far beyond any difference of real times, and small enough that two of them do not overflow. */
  private static final long FAR = 1L << 61;

  /** Pairs that see each other where a mask says so. */
  public PairContext(TokenContext queries, TokenContext keys, boolean diagonal, Tensor mask) {
    this(queries, keys, diagonal, mask, false);
  }

  /**
   * Each token sees itself and all tokens before it.
   *
   * @param index the slot of each token: whole {@code [length]}
   */
  public static PairContext causal(TokenContext tokens, Tensor index) {
    Tensor slot = index.unsqueeze(0);
    return new PairContext(
        tokens, tokens, false, slot.unsqueeze(1).atMost(slot.unsqueeze(2)), true);
  }

  /**
   * Each token of a whole sequence sees itself and all tokens before it but the candidates.
   *
   * @param index the slot of each token: whole {@code [length]}
   */
  public static PairContext causalToCandidates(TokenContext tokens, Tensor index) {
    Tensor query = index.unsqueeze(0).unsqueeze(2);
    Tensor key = index.unsqueeze(0).unsqueeze(1);
    Tensor candidate = tokens.role().equalTo(Role.CANDIDATE.ordinal()).unsqueeze(1);
    Tensor history = key.lessThan(query).and(candidate.not());
    return new PairContext(tokens, tokens, false, history.or(key.equalTo(query)));
  }

  /** Each query sees all keys that are there: of a history that came before. */
  public static PairContext all(TokenContext queries, TokenContext keys) {
    Tensor valid = keys.valid().unsqueeze(1);
    return new PairContext(queries, keys, false, valid);
  }

  /** Each token sees itself only. */
  public static PairContext self(TokenContext tokens) {
    Tensor position = tokens.position().unsqueeze(2);
    return new PairContext(tokens, tokens, true, position.equalTo(position));
  }

  /** The same pairs of which fewer see each other: where a block's own mask is true too. */
  public PairContext narrowedTo(Tensor visible) {
    return new PairContext(queries, keys, diagonal, mask.and(visible));
  }

  /**
   * The same pairs of which more see each other: also where a block's own mask is true. Only for
   * encoders whose causality is targets-only.
   */
  public PairContext widenedBy(Tensor visible) {
    return new PairContext(queries, keys, diagonal, mask.or(visible));
  }

  /** A value of each query {@code [1 or batch, queries]}, to meet those of {@link #ofKeys}. */
  public Tensor ofQueries(Tensor value) {
    return value.unsqueeze(2);
  }

  /** A value of each key {@code [1 or batch, keys]}, to meet those of {@link #ofQueries}. */
  public Tensor ofKeys(Tensor value) {
    return value.unsqueeze(diagonal ? 2 : 1);
  }

  /**
   * The query's position minus the key's: whole {@code [1 or batch, queries or 1, keys or 1]}.
   * Candidates share one position, so they share one row.
   */
  public Tensor distance() {
    return difference(queries.position(), keys.position());
  }

  /**
   * The query's prediction time minus the key's time in seconds, taken in whole numbers: {@code
   * [batch, queries or 1, keys or 1]}. Where a time is absent it is larger than 2^60.
   */
  public Tensor elapsed() {
    return difference(known(queries.predictionTime(), FAR), known(keys.time(), -FAR));
  }

  private static Tensor known(Tensor time, long otherwise) {
    Graph graph = time.graph();
    return time.equalTo(graph.constant(History.NO_TIME)).where(graph.constant(otherwise), time);
  }

  private Tensor difference(Tensor query, Tensor key) {
    return ofQueries(query).minus(ofKeys(key));
  }
}
