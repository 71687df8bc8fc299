package io.genrec.falcon;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.HashSet;
import java.util.Set;
import org.junit.jupiter.api.Test;

class MicroBatchSizesTest {
  @Test
  void theCheapestSizeIsLearned() {
    MicroBatchSizes sizes = new MicroBatchSizes(0, 2);
    Set<Integer> tried = new HashSet<>();
    for (int i = 0; i < 100; i++) {
      int size = sizes.choose(1000, 4096);
      tried.add(size);
      // A price per run, and candidates that cost more in runs above 128.
      sizes.observe(1000, size, size, 5_000 + size * (size > 128 ? 1_100L : 1_000L));
    }
    assertThat(tried).containsExactlyInAnyOrder(32, 64, 128, 256, 512);
    assertThat(sizes.choose(1000, 4096)).isEqualTo(128);
    assertThat(sizes.choose(1000, 100)).as("work for two").isEqualTo(32);
    assertThat(sizes.choose(100, 4096)).as("another length is tried anew").isEqualTo(32);
  }

  @Test
  void whatIsConfiguredHolds() {
    assertThat(new MicroBatchSizes(77, 2).choose(1000, 4096)).isEqualTo(77);
  }
}
