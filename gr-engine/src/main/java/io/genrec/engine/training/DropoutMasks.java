package io.genrec.engine.training;

import io.genrec.api.graph.ElementType;
import io.genrec.api.graph.Shape;
import io.genrec.api.graph.TensorType;
import io.genrec.api.sequence.Batch;
import io.genrec.api.sequence.Batch.Column;
import io.genrec.engine.program.Program;
import java.nio.ByteBuffer;
import java.nio.LongBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.ToLongFunction;
import java.util.stream.LongStream;

/**
 * Fills a training graph's dropout masks: entry i of a site is a hash of (key, site, i). Made on
 * the host, since the same hash as int64 operations of the graph measures several times slower.
 */
final class DropoutMasks {
  private static final int BITS = 16;
  private static final int BLOCK = 512;
  private static final long GOLDEN = 0x9E3779B97F4A7C15L;

  /** The lower 16 bits of each half of 64. */
  private static final long LOWER = 0x0000FFFF_0000FFFFL;

  /** A one in each half of 64 bits. */
  private static final long ONES = 0x00000001_00000001L;

  /** The multiples of the golden ratio that a block's hashes add. */
  private static final long[] STEPS =
      LongStream.rangeClosed(1, BLOCK).map(i -> i * GOLDEN).toArray();

  private final List<Site> sites = new ArrayList<>();

  private record Site(String input, Shape shape, double rate, long hash) {}

  DropoutMasks(Program program, Map<String, Double> rates) {
    rates.forEach(
        (input, rate) -> {
          TensorType type = program.inputs().get(input);
          if (type != null) {
            sites.add(new Site(input, type.shape(), rate, Seeds.of(input)));
          }
        });
  }

  /** Writes the masks of a micro-batch. */
  void fill(Batch batch, ToLongFunction<String> sizes, long key) {
    for (Site site : sites) {
      long[] size = site.shape().sizes(sizes);
      Column mask = batch.unwritten(site.input(), ElementType.FLOAT, Float.BYTES, size);
      fill(mask.bytes(), site.rate(), Seeds.of(key, site.hash()));
    }
  }

  /**
   * Four entries of each hash, 16 bits for each. A block of hashes at a time, in loops that a
   * just-in-time compiler turns into vector instructions; for these, two entries are one number of
   * 64 bits. A block of 512 hashes gives 512 pairs by their lower 16 bits of each half, then 512 by
   * the upper ones.
   */
  static void fill(ByteBuffer mask, double rate, long key) {
    long[] hashes = new long[BLOCK];
    long[] pairs = new long[2 * BLOCK];
    // What carries into bit 16 exactly from those 16 bits that are not below the dropped share.
    long carry = ((1 << BITS) - Math.round(rate * (1 << BITS))) * ONES;
    long kept = Float.floatToRawIntBits((float) (1 / (1 - rate)));
    LongBuffer out = mask.asLongBuffer();
    int left = (mask.remaining() / Float.BYTES + 1) / 2;
    for (long first = key; left > 0; first += STEPS[BLOCK - 1], left -= 2 * BLOCK) {
      for (int i = 0; i < BLOCK; i++) {
        hashes[i] = Seeds.mix(first + STEPS[i]);
      }
      for (int i = 0; i < BLOCK; i++) {
        pairs[i] = ((((hashes[i] & LOWER) + carry) >>> BITS) & ONES) * kept;
      }
      for (int i = 0; i < BLOCK; i++) {
        pairs[BLOCK + i] = ((((hashes[i] >>> BITS & LOWER) + carry) >>> BITS) & ONES) * kept;
      }
      int whole = Math.min(out.remaining(), pairs.length);
      out.put(pairs, 0, whole);
      if (whole < left && whole < pairs.length) {
        // An odd number of entries ends with half a pair.
        mask.putFloat(mask.limit() - Float.BYTES, Float.intBitsToFloat((int) pairs[whole]));
      }
    }
  }
}
