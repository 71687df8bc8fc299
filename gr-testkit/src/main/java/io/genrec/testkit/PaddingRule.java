package io.genrec.testkit;

import java.util.List;

/** Rule 2. A sequence alone, then with padding behind it, zeros and anything else. */
final class PaddingRule implements Rule<EncoderBench> {
  static final String TITLE = "rule 2: padding changes nothing";

  @Override
  public String title() {
    return TITLE;
  }

  @Override
  public void check(EncoderBench bench) {
    int padded = EncoderBench.MAX_LENGTH;
    for (Sequence sequence : bench.sequences()) {
      double[][] alone = bench.outputs(sequence);
      List<Sequence> batch = List.of(sequence);
      requireSame(bench, "empty padding", bench.outputs(batch, padded)[0], alone);
      Session session = bench.all().outputs(bench.precision());
      TokenColumns columns = new TokenColumns(session.inputs(), bench.schema());
      columns.write(batch, padded);
      columns.litter(batch, padded);
      double[][] littered = session.run().tokens(TestedModel.OUTPUTS)[0];
      requireSame(bench, "padding of tokens that are not valid", littered, alone);
    }
  }

  private static void requireSame(
      EncoderBench bench, String padding, double[][] found, double[][] alone) {
    for (int i = 0; i < alone.length; i++) {
      String what =
          "with " + padding + " behind " + alone.length + " tokens, the output of token " + i;
      bench.tolerance().requireSame(what, found[i], alone[i]);
    }
  }
}
