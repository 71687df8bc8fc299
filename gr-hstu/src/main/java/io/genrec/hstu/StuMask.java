package io.genrec.hstu;

import io.genrec.api.graph.Tensor;
import io.genrec.api.sequence.PairContext;
import io.genrec.api.sequence.TokenContext;

/**
 * Which keys a query of an STU layer sees, within what the task's mask shows.
 *
 * <p>The task shows each token itself and the tokens before it but the candidates, which all stand
 * at the place after the history. {@code window} hides keys further back than that many places; if
 * {@code full} is above 0, not from candidates and the history's last {@code full} tokens. With
 * {@code contextSeesHistory} tokens of context see each other and the whole history, and count as
 * one place.
 *
 * @param window the most places between a query and a key; 0 for no limit
 * @param full how many of the history's last tokens have no limit, and candidates with them; 0 for
 *     none
 */
record StuMask(int window, int full, boolean contextSeesHistory) {
  /** The pairs under this mask. */
  PairContext of(PairContext pairs) {
    if (pairs.diagonal()) {
      return pairs;
    }
    PairContext near = window > 0 ? pairs.narrowedTo(near(pairs)) : pairs;
    return contextSeesHistory ? near.widenedBy(fromContext(pairs)) : near;
  }

  private Tensor near(PairContext pairs) {
    TokenContext queries = pairs.queries();
    Tensor distance = pairs.ofQueries(place(queries)).minus(pairs.ofKeys(place(pairs.keys())));
    Tensor near = distance.atMost(distance.graph().constant((long) window));
    if (full == 0) {
      return near;
    }
    Tensor unlimited = queries.position().atLeast(queries.historyLength().unsqueeze(1).minus(full));
    return near.or(pairs.ofQueries(unlimited));
  }

  /** A token's position, where all tokens of context that sees the history have one. */
  private Tensor place(TokenContext tokens) {
    if (!contextSeesHistory) {
      return tokens.position();
    }
    Tensor others = tokens.contextLength().unsqueeze(1).minus(1).max(0);
    return tokens.position().minus(others).max(0);
  }

  private static Tensor fromContext(PairContext pairs) {
    TokenContext queries = pairs.queries();
    TokenContext keys = pairs.keys();
    Tensor context = queries.position().lessThan(queries.contextLength().unsqueeze(1));
    Tensor history = keys.position().lessThan(keys.historyLength().unsqueeze(1));
    return pairs.ofQueries(context).and(pairs.ofKeys(history.and(keys.valid())));
  }
}
