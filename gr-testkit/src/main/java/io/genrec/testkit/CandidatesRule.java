package io.genrec.testkit;

import io.genrec.api.encoder.Capabilities.Causality;
import java.util.List;
import org.opentest4j.TestAbortedException;

/**
 * Rule 11. In another order each candidate keeps its output; unless the encoder is bidirectional,
 * also when another candidate is exchanged or taken away. Of an encoder that declares that its
 * candidates are not independent, and is not bidirectional, nothing is known.
 */
final class CandidatesRule implements Rule<EncoderBench> {
  static final String TITLE = "rule 11: candidates neither see each other nor their order";

  @Override
  public String title() {
    return TITLE;
  }

  @Override
  public void check(EncoderBench bench) {
    if (!bench.subject().candidates()) {
      throw new TestAbortedException("nothing to check: the encoder takes no candidates");
    }
    boolean bidirectional = bench.capabilities().causality() == Causality.BIDIRECTIONAL;
    if (!bench.capabilities().independentCandidates() && !bidirectional) {
      throw new TestAbortedException(
          "nothing to check: the encoder declares that its candidates are not independent");
    }
    for (Sequence sequence : bench.sequences()) {
      int first = sequence.history();
      int last = sequence.length() - 1;
      double[][] before = bench.outputs(sequence);
      double[][] reversed = bench.outputs(sequence.reversedCandidates());
      for (int i = first; i <= last; i++) {
        String what = "in reverse order, the output of candidate " + (i - first);
        bench.tolerance().requireSame(what, reversed[first + last - i], before[i]);
      }
      if (bidirectional) {
        continue;
      }
      Token other = sequence.tokens().get(last);
      other = other.feature(0, 1 + other.features().get(0) % EncoderBench.ITEMS);
      requireOthersSame(bench, "exchanged", sequence, sequence.with(last, other), before);
      requireOthersSame(bench, "taken away", sequence, sequence.shorter(), before);
    }
  }

  /** Fails unless all tokens but the last candidate keep their outputs; the length stays padded. */
  private static void requireOthersSame(
      EncoderBench bench, String change, Sequence before, Sequence after, double[][] expected) {
    double[][] found = bench.outputs(List.of(after), before.length())[0];
    for (int i = before.history(); i < before.length() - 1; i++) {
      String what =
          "with the last candidate "
              + change
              + ", the output of candidate "
              + (i - before.history());
      bench.tolerance().requireSame(what, found[i], expected[i]);
    }
  }
}
