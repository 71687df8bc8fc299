package io.genrec.engine.training;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.nio.FloatBuffer;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class DropoutMasksTest {
  /** Entry i is 16 of the 64 bits of hash number i / 4, whatever the block. */
  @ParameterizedTest
  @ValueSource(ints = {1, 5, 2048, 2049, 10_003})
  void entriesFollowFromTheirPlaceAlone(int entries) {
    FloatBuffer mask = FloatBuffer.allocate(entries);
    long key = 0x1234_5678_9ABC_DEF0L;
    DropoutMasks.fill(mask, 0.2, key);
    int kept = 0;
    for (int i = 0; i < entries; i++) {
      long hash = Seeds.mix(key + (i / 4 + 1) * 0x9E3779B97F4A7C15L);
      boolean drops = (hash >>> 16 * (i % 4) & 0xFFFF) < 13_107; // 0.2 of 65,536
      assertThat(mask.get(i)).isEqualTo(drops ? 0f : 1.25f);
      kept += drops ? 0 : 1;
    }
    if (entries > 10_000) {
      assertThat((double) kept / entries).isCloseTo(0.8, within(0.016)); // four deviations
    }
  }
}
