package io.genrec.testkit;

import io.genrec.api.encoder.Capabilities.Causality;
import org.opentest4j.TestAbortedException;

/** Rule 1. Each later token is changed in turn; outputs that may not see it must stay. */
final class FutureRule implements Rule<EncoderBench> {
  static final String TITLE = "rule 1: no output depends on what comes later";

  @Override
  public String title() {
    return TITLE;
  }

  @Override
  public void check(EncoderBench bench) {
    Causality causality = bench.capabilities().causality();
    boolean claimed =
        causality == Causality.CAUSAL
            || (causality == Causality.TARGETS_ONLY && bench.subject().candidates());
    if (!claimed) {
      throw new TestAbortedException(
          "nothing to check: the encoder declares "
              + causality
              + (bench.subject().candidates() ? "" : " and takes no candidates"));
    }
    for (Sequence sequence : bench.sequences()) {
      double[][] before = bench.outputs(sequence);
      for (int later = 1; later < sequence.length(); later++) {
        Token token = sequence.tokens().get(later);
        boolean hidden = causality == Causality.CAUSAL || token.isCandidate();
        for (int f = 0; hidden && f < token.features().size(); f++) {
          int values = bench.schema().features().get(f).values();
          int other = 1 + token.features().get(f) % values;
          String name = bench.schema().features().get(f).name();
          requireSame(bench, before, sequence, later, token.feature(f, other), name);
        }
        if (hidden) {
          requireSame(bench, before, sequence, later, token.at(token.time() - 90_000), "time");
          requireSame(
              bench,
              before,
              sequence,
              later,
              token.usedAt(token.usedAt() + 90_000),
              "prediction time");
        }
      }
    }
  }

  private static void requireSame(
      EncoderBench bench,
      double[][] before,
      Sequence sequence,
      int later,
      Token other,
      String changed) {
    double[][] after = bench.outputs(sequence.with(later, other));
    // Whether candidates see each other is rule 11.
    int seen = Math.min(later, sequence.history());
    for (int i = 0; i < seen; i++) {
      String what =
          "when the " + changed + " of token " + later + " changes, the output of token " + i;
      bench.tolerance().requireSame(what, after[i], before[i]);
    }
  }
}
