package io.genrec.data.sampling;

import java.util.random.RandomGenerator;

/**
 * Many numbers below a bound, all alike: the upper half of 32 random bits times the bound, where
 * products whose lower half is below 2^32 modulo the bound are drawn anew, so that the numbers are
 * exactly uniform (Lemire, Fast random integer generation in an interval, 2019).
 */
final class BoundedNumbers {
  private static final int HALF = 32;
  private static final long LOWER = 0xFFFFFFFFL;

  private BoundedNumbers() {}

  /**
   * Numbers from 0 to the bound (exclusive), two for each 64 random bits. Loops of one kind of work
   * each, most of which a just-in-time compiler turns into vector instructions.
   */
  static void fill(RandomGenerator random, int bound, long[] numbers) {
    int half = (numbers.length + 1) / 2;
    for (int i = 0; i < half; i++) {
      numbers[i] = random.nextLong();
    }
    // An odd number of entries leaves the last upper half unused.
    for (int i = half; i < numbers.length; i++) {
      numbers[i] = numbers[i - half] >>> HALF;
    }
    for (int i = 0; i < half; i++) {
      numbers[i] &= LOWER;
    }
    for (int i = 0; i < numbers.length; i++) {
      numbers[i] *= bound;
    }
    long threshold = (1L << HALF) % bound;
    if (anyBelow(threshold, numbers)) {
      redraw(random, bound, threshold, numbers);
    }
    for (int i = 0; i < numbers.length; i++) {
      numbers[i] >>>= HALF;
    }
  }

  /** Whether a product's lower half is below the threshold. Two at once: each "or" waits. */
  private static boolean anyBelow(long threshold, long[] products) {
    int half = products.length / 2;
    long even = 0;
    long odd = 0;
    for (int i = 0; i < half; i++) {
      even |= (products[2 * i] & LOWER) - threshold;
      odd |= (products[2 * i + 1] & LOWER) - threshold;
    }
    long last = products.length == 0 ? 0 : (products[products.length - 1] & LOWER) - threshold;
    return (even | odd | last) < 0;
  }

  private static void redraw(RandomGenerator random, int bound, long threshold, long[] products) {
    for (int i = 0; i < products.length; i++) {
      while ((products[i] & LOWER) < threshold) {
        products[i] = (random.nextLong() >>> HALF) * bound;
      }
    }
  }
}
