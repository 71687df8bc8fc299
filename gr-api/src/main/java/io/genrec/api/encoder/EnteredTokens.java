package io.genrec.api.encoder;

import io.genrec.api.graph.Dim;
import io.genrec.api.graph.ElementType;
import io.genrec.api.graph.Shape;
import io.genrec.api.graph.Tensor;
import io.genrec.api.sequence.PairContext;
import io.genrec.api.sequence.TokenContext;

/**
 * The tokens of whole sequences that enter a block, as sequences of their own. Which ones those are
 * is a matter of places; where they stand is a matter of slots, and the two differ where some
 * tokens are left out of the sequence.
 */
final class EnteredTokens extends PassedTokens {
  private final TokenContext whole;
  private final Dim wholeLength;
  private final Dim length;
  private final Tensor entered;
  private final Tensor skipped;

  EnteredTokens(TokenContext whole, int last) {
    super(whole, last);
    this.whole = whole;
    wholeLength = whole.valid().dim(1);
    entered = entered();
    skipped = count(entered.not());
    Tensor most = graph().sizesOf(Shape.of(wholeLength));
    Tensor entering = count(entered).largest(0).reshape(1).max(1).min(most);
    length = graph().computedSize(wholeLength + ".last" + last, entering, wholeLength);
  }

  /** How many tokens that are there are such: whole [batch, 1]. */
  private Tensor count(Tensor such) {
    return whole.valid().and(such).cast(ElementType.INT64).sum(1);
  }

  /** The slots of rows: whole [1, dim]. */
  private Tensor slots(Dim dim) {
    return graph().range(dim).unsqueeze(0);
  }

  /** The last index of an axis: whole [1]. */
  private Tensor end(Dim dim) {
    return graph().sizesOf(Shape.of(dim)).minus(1);
  }

  /** The slot in the whole sequence of each token that entered: whole [batch, length]. */
  private Tensor wholeSlot() {
    Tensor slot = slots(length);
    return behindContext(slot, slot.plus(skipped));
  }

  @Override
  Tensor of(Tensor known) {
    return known.gatherEach(wholeSlot().min(end(wholeLength)));
  }

  /** All tokens {@code [batch, length, ..]}: those that entered as they were computed. */
  Tensor back(Tensor all, Tensor computed) {
    Tensor slot = slots(wholeLength);
    Tensor own = behindContext(slot, slot.minus(skipped));
    Tensor picked = computed.gatherEach(own.max(0).min(end(length)));
    Tensor here = entered;
    for (int axis = 2; axis < picked.shape().rank(); axis++) {
      here = here.unsqueeze(-1);
    }
    return here.where(picked, all);
  }

  @Override
  public Tensor position() {
    return of(super.position()).max(0); // Padding may have a place that passed by.
  }

  @Override
  public Tensor valid() {
    Tensor there = wholeSlot().atMost(end(wholeLength));
    return super.valid().and(there);
  }

  @Override
  public PairContext pairs() {
    return PairContext.causalToCandidates(this, slots(length).squeeze(0));
  }
}
