package io.genrec.data.sampling;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class AliasTableTest {
  @Test
  void holdsASingleEntry() {
    assertThat(AliasTable.of(new double[] {1}).chances()).containsExactly(1);
    assertThat(AliasTable.of(new double[] {1}).next(new Random(1))).isZero();
  }

  @ParameterizedTest
  @ValueSource(ints = {2, 3, 10, 1000, 50_000})
  void holdsTheChancesThatItWasGiven(int n) {
    double[] chances = new double[n];
    double total = 0;
    Random random = new Random(n);
    for (int i = 0; i < n; i++) {
      chances[i] = Math.pow(random.nextDouble(), 8) + 1e-9;
      total += chances[i];
    }
    for (int i = 0; i < n; i++) {
      chances[i] /= total;
    }
    double[] held = AliasTable.of(chances).chances();
    for (int i = 0; i < n; i++) {
      assertThat(held[i]).as("entry %d of %d", i, n).isCloseTo(chances[i], within(1e-12));
    }
  }
}
