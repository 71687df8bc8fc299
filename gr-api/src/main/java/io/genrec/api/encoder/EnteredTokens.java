package io.genrec.api.encoder;

import io.genrec.api.graph.Dim;
import io.genrec.api.graph.ElementType;
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
    Tensor most = graph().sizesOf(Shape.of(wholeLength));
    Tensor entered = entering.largest(0).reshape(1).max(1).min(most);
    length = graph().computedSize(wholeLength + ".last" + last, entered, wholeLength);
  }

  /** The slots of rows: whole [1, dim]. */
  private Tensor slots(Dim dim) {
    return graph().range(dim).unsqueeze(0);
  }

  /** The last index of an axis: whole [1]. */
  private Tensor end(Dim dim) {
    return graph().sizesOf(Shape.of(dim)).minus(1);
  }

  @Override
  Tensor of(Tensor known) {
    return known.gatherEach(wholePlace(slots(length)).min(end(wholeLength)));
  }

  /** All tokens {@code [batch, length, ..]}: those that entered as they were computed. */
  Tensor back(Tensor all, Tensor computed) {
    Tensor slot = slots(wholeLength);
    Tensor entered = entered(slot);
    Tensor picked = computed.gatherEach(ownPlace(slot).max(0).min(end(length)));
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
