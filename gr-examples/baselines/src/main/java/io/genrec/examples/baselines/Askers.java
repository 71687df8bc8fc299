package io.genrec.examples.baselines;

import io.genrec.api.graph.Dim;
import io.genrec.api.graph.ElementType;
import io.genrec.api.graph.Tensor;
import io.genrec.api.sequence.TokenContext;

/**
 * The tokens of each sequence that ask others: all, or the last few, such as candidates of which
 * alone a task learns. What is computed for a token that asks need not be computed for the others.
 *
 * @param last how many; 0 for all
 */
record Askers(int last) {
  /** Rows of those that ask: {@code [batch, length, ..]} to {@code [batch, last, ..]}. */
  Tensor of(Tensor x, TokenContext tokens) {
    if (last == 0) {
      return x;
    }
    Tensor asker = x.graph().range(Dim.of(last)).unsqueeze(0);
    // In a shorter sequence the first token stands in for those before it.
    return x.gatherEach(asker.plus(before(tokens)).max(0));
  }

  /** Rows of all tokens again, zeros for those that do not ask. */
  Tensor spread(Tensor y, TokenContext tokens) {
    if (last == 0) {
      return y;
    }
    Tensor slot = y.graph().range(tokens.valid().dim(1)).unsqueeze(0);
    Tensor asker = slot.minus(before(tokens));
    Tensor picked = y.gatherEach(asker.max(0).min(last - 1L));
    Tensor asks = asker.lessThan(y.graph().constant(0L)).not().and(tokens.valid());
    return picked.times(asks.cast(ElementType.FLOAT).unsqueeze(-1));
  }

  /**
   * How many tokens are before those that ask; negative in a shorter sequence. Whole [batch, 1].
   */
  private Tensor before(TokenContext tokens) {
    return tokens.valid().cast(ElementType.INT64).sum(1).minus(last);
  }
}
