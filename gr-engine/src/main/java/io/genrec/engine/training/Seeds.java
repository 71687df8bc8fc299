package io.genrec.engine.training;

import java.util.random.RandomGenerator;

/**
 * Randomness as a function of where it is used: no generator outlives its use, so nothing of it is
 * saved and nothing depends on the order of work.
 */
final class Seeds {
  private static final long GOLDEN = 0x9E3779B97F4A7C15L;

  private Seeds() {}

  /**
   * The finalizer of SplitMix64 (Steele, Lea and Flood 2014): each input bit changes about half of
   * the output bits.
   */
  static long mix(long value) {
    long z = (value ^ (value >>> 30)) * 0xBF58476D1CE4E5B9L;
    z = (z ^ (z >>> 27)) * 0x94D049BB133111EBL;
    return z ^ (z >>> 31);
  }

  /** One number for a place of use. */
  static long of(long seed, long... place) {
    long hash = mix(seed + GOLDEN);
    for (long part : place) {
      hash = mix(hash ^ (part + GOLDEN + (hash << 6)));
    }
    return hash;
  }

  /** A number for a name. */
  static long of(String name) {
    long hash = GOLDEN;
    for (int i = 0; i < name.length(); i++) {
      hash = mix(hash + name.charAt(i));
    }
    return hash;
  }

  /** A counter-based generator: the n-th number is a hash of (key, n). */
  static RandomGenerator generator(long key) {
    return new RandomGenerator() {
      private long state = key;

      @Override
      public long nextLong() {
        state += GOLDEN;
        return mix(state);
      }
    };
  }

  /** The numbers from 0 to n (exclusive) in random order. */
  static int[] permutation(int n, long key) {
    int[] order = new int[n];
    RandomGenerator random = generator(key);
    for (int i = 0; i < n; i++) {
      int j = random.nextInt(i + 1);
      order[i] = order[j];
      order[j] = i;
    }
    return order;
  }
}
