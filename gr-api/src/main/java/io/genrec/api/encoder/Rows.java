package io.genrec.api.encoder;

import io.genrec.api.graph.Tensor;
import io.genrec.api.sequence.PairContext;
import io.genrec.api.sequence.TokenContext;
import java.util.LinkedHashMap;
import java.util.Map;
import org.apiguardian.api.API;

/**
 * Which rows of a sequence enter a block. The others pass it by as they are.
 *
 * <p>The rows that enter are a sequence of their own: their positions count from 0, and each sees
 * itself and those before it but the candidates.
 *
 * @param last how many of the history's last tokens enter, beside context and candidates; 0 if all
 *     rows do
 */
@API(status = API.Status.EXPERIMENTAL, since = "0.1")
public record Rows(int last) {
  /** Every row enters. */
  public static final Rows ALL = new Rows(0);

  /** Refuses fewer than no tokens. */
  public Rows {
    if (last < 0) {
      throw new IllegalArgumentException("last must be at least 0 but is " + last);
    }
  }

  /**
   * Context, the last tokens of the history and candidates enter.
   *
   * @throws IllegalArgumentException unless it is at least one token
   */
  public static Rows last(int tokens) {
    if (tokens < 1) {
      throw new IllegalArgumentException("last must be at least 1 but is " + tokens);
    }
    return new Rows(tokens);
  }

  /** Whether every row enters. */
  public boolean all() {
    return last == 0;
  }

  /** The tokens of a whole sequence that enter, in their order. */
  public TokenContext enter(TokenContext tokens) {
    return all() ? tokens : new EnteredTokens(tokens, last);
  }

  /**
   * What is known of the tokens that enter.
   *
   * @param x of all tokens of a whole sequence: {@code [batch, length, ..]}
   * @return {@code [batch, entered, ..]}
   */
  public Tensor enter(Tensor x, TokenContext tokens) {
    return all() ? x : new EnteredTokens(tokens, last).of(x);
  }

  /**
   * All tokens again: what was computed of those that entered, and the others as they were.
   *
   * @param x of all tokens of a whole sequence: {@code [batch, length, ..]}
   * @param computed of those that entered: {@code [batch, entered, ..]}
   */
  public Tensor leave(Tensor x, Tensor computed, TokenContext tokens) {
    return all() ? computed : new EnteredTokens(tokens, last).back(x, computed);
  }

  /** The memory of all tokens: of those that passed by, zeros that {@link #seen} hides. */
  public Memory leave(Memory computed, TokenContext tokens) {
    if (all()) {
      return computed;
    }
    EnteredTokens entered = new EnteredTokens(tokens, last);
    Tensor zero = tokens.graph().constant(0.0);
    Map<String, Tensor> spread = new LinkedHashMap<>();
    computed.tensors().forEach((name, rows) -> spread.put(name, entered.back(zero, rows)));
    return new Memory(spread);
  }

  /** Candidates that stand after the tokens that entered. */
  public TokenContext after(TokenContext candidates) {
    return all() ? candidates : new PassedTokens(candidates, last);
  }

  /** How tokens stand to others of which only some entered, and see only those. */
  public PairContext seen(PairContext pairs) {
    if (all()) {
      return pairs;
    }
    PassedTokens keys = new PassedTokens(pairs.keys(), last);
    PairContext placed =
        new PairContext(
            new PassedTokens(pairs.queries(), last), keys, pairs.diagonal(), pairs.mask());
    return placed.narrowedTo(placed.ofKeys(keys.entered()));
  }
}
