package io.genrec.data.sampling;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class BoundedNumbersTest {
  @ParameterizedTest
  @ValueSource(ints = {0, 1, 2, 3, 64, 65})
  void fillsEveryEntry(int count) {
    long[] numbers = new long[count];
    long[] largest = new long[count];
    SplittableRandom random = new SplittableRandom(count);
    for (int round = 0; round < 200; round++) {
      BoundedNumbers.fill(random, 5, numbers);
      for (int i = 0; i < count; i++) {
        assertThat(numbers[i]).isBetween(0L, 4L);
        largest[i] = Math.max(largest[i], numbers[i]);
      }
    }
    assertThat(largest).containsOnly(count == 0 ? new long[0] : new long[] {4});
  }

  /**
   * 2^32 is 8 thirds of the bound: if nothing were drawn anew, the remainders 0 and 1 modulo 3
   * would have 3 of 8 chances each.
   */
  @Test
  void largeBoundsAreExactlyUniformToo() {
    int bound = 3 << 29;
    long[] numbers = new long[60_000];
    BoundedNumbers.fill(new SplittableRandom(4), bound, numbers);
    int[] remainders = new int[3];
    double sum = 0;
    for (long number : numbers) {
      assertThat(number).isBetween(0L, bound - 1L);
      remainders[(int) (number % 3)]++;
      sum += number;
    }
    double deviation = Math.sqrt(2 / 9.0 / numbers.length);
    for (int count : remainders) {
      assertThat((double) count / numbers.length).isCloseTo(1 / 3.0, within(5 * deviation));
    }
    double mean = sum / numbers.length / bound;
    assertThat(mean).isCloseTo(0.5, within(5 / Math.sqrt(12.0 * numbers.length)));
  }

  /** A product whose lower half is below 2^32 modulo the bound is the only one drawn anew. */
  @Test
  void drawsAnewWhatIsTooMuch() {
    long[] given = {0x0000_0001_0000_0000L, 0x8000_0000_FFFF_FFFFL, 0x9000_0000_1234_5678L};
    int[] used = new int[1];
    long[] numbers = new long[3];
    // Of 3 numbers, the lower halves 0, 0xFFFFFFFF and the upper half 1; 2^32 modulo 3 is 1.
    BoundedNumbers.fill(() -> given[used[0]++], 3, numbers);
    // 0 * 3 has the lower half 0 and becomes 0x90000000 * 3 = 0x1B0000000.
    assertThat(numbers).containsExactly(1, 2, 0);
    assertThat(used[0]).isEqualTo(3);
  }
}
