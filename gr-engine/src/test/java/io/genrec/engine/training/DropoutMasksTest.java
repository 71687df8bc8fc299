package io.genrec.engine.training;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class DropoutMasksTest {
  private static final int BLOCK = 512;

  /**
   * Entries 2p and 2p + 1 are 16 bits of the lower and of the upper half of one hash: bits 0 to 15
   * of the half for the first 512 pairs of a block, bits 16 to 31 for the other 512.
   */
  @ParameterizedTest
  @CsvSource({
    "1, 0.2",
    "2, 0.5",
    "5, 0.2",
    "2047, 0.2",
    "2048, 0.2",
    "2049, 0.2",
    "2050, 0.9",
    "10003, 0.2",
    "10240, 0.5",
    "4097, 1e-6",
    "4096, 0.999999"
  })
  void entriesFollowFromTheirPlaceAlone(int entries, double rate) {
    ByteBuffer bytes =
        ByteBuffer.allocateDirect(entries * Float.BYTES).order(ByteOrder.nativeOrder());
    long key = 0x1234_5678_9ABC_DEF0L;
    DropoutMasks.fill(bytes, rate, key);
    FloatBuffer mask = bytes.asFloatBuffer();
    assertThat(mask.remaining()).isEqualTo(entries);
    long dropped = Math.round(rate * 65_536);
    int kept = 0;
    for (int i = 0; i < entries; i++) {
      int pair = i / 2 % (2 * BLOCK);
      long number = (long) (i / 2 / (2 * BLOCK)) * BLOCK + pair % BLOCK;
      long hash = Seeds.mix(key + (number + 1) * 0x9E3779B97F4A7C15L);
      int shift = 32 * (i % 2) + 16 * (pair / BLOCK);
      boolean drops = (hash >>> shift & 0xFFFF) < dropped;
      assertThat(mask.get(i)).as("entry %d", i).isEqualTo(drops ? 0f : (float) (1 / (1 - rate)));
      kept += drops ? 0 : 1;
    }
    if (entries > 10_000) {
      double deviation = Math.sqrt(rate * (1 - rate) / entries);
      assertThat((double) kept / entries).isCloseTo(1 - rate, within(4 * deviation));
    }
  }
}
