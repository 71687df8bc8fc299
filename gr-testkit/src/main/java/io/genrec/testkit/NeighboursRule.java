package io.genrec.testkit;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/** Rule 3. A sequence alone, then among others, in any order; all padded to one length. */
final class NeighboursRule implements Rule<EncoderBench> {
  static final String TITLE = "rule 3: the other sequences of a batch change nothing";

  @Override
  public String title() {
    return TITLE;
  }

  @Override
  public void check(EncoderBench bench) {
    List<Sequence> batch = bench.sequences();
    List<Sequence> reversed = new ArrayList<>(batch);
    Collections.reverse(reversed);
    int padded = EncoderBench.MAX_LENGTH;
    double[][][] together = bench.outputs(batch, padded);
    double[][][] backwards = bench.outputs(reversed, padded);
    for (int b = 0; b < batch.size(); b++) {
      double[][] alone = bench.outputs(List.of(batch.get(b)), padded)[0];
      for (int i = 0; i < batch.get(b).length(); i++) {
        String what = "the output of sequence " + b + ", token " + i + ", ";
        bench.tolerance().requireSame(what + "among others", together[b][i], alone[i]);
        int place = batch.size() - 1 - b;
        bench.tolerance().requireSame(what + "in another order", backwards[place][i], alone[i]);
      }
    }
  }
}
