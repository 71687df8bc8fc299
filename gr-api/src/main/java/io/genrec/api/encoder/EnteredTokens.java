package io.genrec.api.encoder;

import io.genrec.api.graph.Dim;
import io.genrec.api.graph.ElementType;
import io.genrec.api.graph.Graph;
import io.genrec.api.graph.Shape;
import io.genrec.api.graph.Tensor;
import io.genrec.api.sequence.PairContext;
import io.genrec.api.sequence.TokenContext;

/** The tokens of whole sequences that enter a block, as sequences of their own. */
final class EnteredTokens extends PassedTokens {
  private final TokenContext whole;
  private final Dim wholeLength;
  private final Dim length;

  EnteredTokens(TokenContext whole, int last) {
    super(whole, last);
    this.whole = whole;
    wholeLength = whole.valid().dim(1);
    Tensor entering = whole.valid().and(entered(slots(wholeLength))).cast(ElementType.INT64).sum(1);
    length =
        graph()
            .computedSize(
                wholeLength + ".last" + last, entering.largest(0).max(1).reshape(1), wholeLength);
  }

  /** The slots of rows: whole [1, dim]. */
  private Tensor slots(Dim dim) {
    return graph().range(dim).unsqueeze(0);
  }

  /** The last index of an axis: whole [1]. */
  private Tensor end(Dim dim) {
    return graph().sizesOf(Shape.of(dim)).minus(1);
  }

  /** Rows of x {@code [batch, n, ..]} by their slots [batch, m]: {@code [batch, m, ..]}. */
  private static Tensor pick(Tensor x, Tensor slot) {
    Graph graph = x.graph();
    Tensor first = graph.range(x.dim(0)).times(graph.sizesOf(Shape.of(x.dim(1))));
    Dim rows = x.dim(0).times(x.dim(1));
    return x.reshape(x.shape().without(0).with(0, rows)).gather(slot.plus(first.unsqueeze(1)));
  }

  @Override
  Tensor of(Tensor known) {
    return pick(known, wholePlace(slots(length)).min(end(wholeLength)));
  }

  /** All tokens {@code [batch, length, ..]}: those that entered as they were computed. */
  Tensor back(Tensor all, Tensor computed) {
    Tensor slot = slots(wholeLength);
    Tensor entered = entered(slot);
    Tensor picked = pick(computed, ownPlace(slot).max(0).min(end(length)));
    for (int axis = 2; axis < picked.shape().rank(); axis++) {
      entered = entered.unsqueeze(-1);
    }
    return entered.where(picked, all);
  }

  @Override
  public Tensor position() {
    return slots(length).min(ofTokens(historyLength()));
  }

  @Override
  public Tensor valid() {
    Tensor there = wholePlace(slots(length)).atMost(end(wholeLength));
    return super.valid().and(there);
  }

  @Override
  public PairContext pairs() {
    return PairContext.causalToCandidates(this, slots(length).squeeze(0));
  }
}
