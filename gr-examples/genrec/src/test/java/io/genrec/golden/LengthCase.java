package io.genrec.golden;

import io.genrec.engine.training.StochasticLength;
import org.apache.arrow.memory.BufferAllocator;

/** Kind {@code stochastic_length}: thresholds, and chances to keep a sequence whole. */
final class LengthCase {
  private LengthCase() {}

  static void check(GoldenCase golden, BufferAllocator memory) {
    GoldenTensor lengths = golden.tensor("inputs/lengths");
    for (String name : golden.names("eval")) {
      GoldenTensor expected = golden.tensor("eval/" + name);
      int cut = name.indexOf("_N");
      double alpha = Double.parseDouble(name.substring("alpha".length(), cut));
      int most = Integer.parseInt(name.substring(cut + 2));
      StochasticLength length =
          new StochasticLength(alpha, most, StochasticLength.Selection.RECENT);
      int count = lengths.shape()[0];
      double[] actual = new double[2 * count];
      for (int i = 0; i < count; i++) {
        actual[i] = length.threshold();
        actual[count + i] = length.keepChance((int) lengths.whole(i));
      }
      golden.compare(name, expected.values(), actual, 0, 1e-6);
    }
  }
}
