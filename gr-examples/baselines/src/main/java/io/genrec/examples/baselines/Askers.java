package io.genrec.examples.baselines;

import io.genrec.api.graph.Dim;
import io.genrec.api.graph.ElementType;
import io.genrec.api.graph.Graph;
import io.genrec.api.graph.Shape;
import io.genrec.api.graph.Tensor;
import io.genrec.api.sequence.Role;
import io.genrec.api.sequence.TokenContext;

/**
 * The tokens of each sequence that ask others: all, or the last few, such as candidates of which
 * alone a task learns. What is computed for a token that asks need not be computed for the others.
 *
 * <p>Outside training a sequence may end with more candidates than any example has; then all of
 * them ask.
 *
 * @param last how many; 0 for all
 */
record Askers(int last) {
  /** Rows of those that ask: {@code [batch, length, ..]} to {@code [batch, asking, ..]}. */
  Tensor of(Tensor x, TokenContext tokens) {
    if (last == 0) {
      return x;
    }
    Tensor asker = x.graph().range(slots(tokens)).unsqueeze(0);
    // In a shorter sequence the first token stands in for those before it.
    return x.gatherEach(asker.plus(first(tokens)).max(0));
  }

  /** Rows of all tokens again, zeros for those that do not ask. */
  Tensor spread(Tensor y, TokenContext tokens) {
    if (last == 0) {
      return y;
    }
    Graph graph = y.graph();
    Tensor place = graph.range(tokens.valid().dim(1)).unsqueeze(0);
    Tensor end = graph.sizesOf(Shape.of(slots(tokens))).minus(1);
    Tensor picked = y.gatherEach(place.minus(first(tokens)).max(0).min(end));
    Tensor asks = place.atLeast(lengths(tokens).minus(own(tokens))).and(tokens.valid());
    return picked.times(asks.cast(ElementType.FLOAT).unsqueeze(-1));
  }

  /** Room for those that ask, in whichever sequence of the batch they are most. */
  private Dim slots(TokenContext tokens) {
    Graph graph = tokens.graph();
    if (graph.isTraining()) {
      return Dim.of(last);
    }
    Dim length = tokens.valid().dim(1);
    Tensor most = candidates(tokens).squeeze(1).largest(0).max(last);
    Tensor asking = most.min(graph.sizesOf(Shape.of(length)));
    return graph.computedSize(length + ".asking" + last, asking, length);
  }

  /** How many of a sequence's tokens ask: whole [batch, 1] or [1]. */
  private Tensor own(TokenContext tokens) {
    return tokens.graph().isTraining()
        ? tokens.graph().constants((long) last)
        : candidates(tokens).max(last);
  }

  /**
   * The candidates that are there, whole [batch, 1]. Strategies that score many as if each were
   * alone give their count as one.
   */
  private static Tensor candidates(TokenContext tokens) {
    Tensor candidate = tokens.role().equalTo(Role.CANDIDATE.ordinal()).and(tokens.valid());
    return candidate.cast(ElementType.INT64).sum(1);
  }

  /** The place of the first slot's token; negative in a sequence with fewer tokens. [batch, 1]. */
  private Tensor first(TokenContext tokens) {
    return lengths(tokens).minus(tokens.graph().sizesOf(Shape.of(slots(tokens))));
  }

  private static Tensor lengths(TokenContext tokens) {
    return tokens.valid().cast(ElementType.INT64).sum(1);
  }
}
