package io.genrec.engine.training;

import io.genrec.api.graph.ElementType;
import io.genrec.api.graph.Shape;
import io.genrec.api.graph.TensorType;
import io.genrec.api.sequence.Batch;
import io.genrec.api.sequence.Batch.Column;
import io.genrec.engine.program.Program;
import java.nio.FloatBuffer;
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
  private static final int PER_HASH = Long.SIZE / BITS;
  private static final int BLOCK = 512;
  private static final long GOLDEN = 0x9E3779B97F4A7C15L;

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
      fill(mask.bytes().asFloatBuffer(), site.rate(), Seeds.of(key, site.hash()));
    }
  }

  /**
   * Four entries of each hash, 16 bits for each. A block of hashes at a time, in loops that a
   * just-in-time compiler turns into vector instructions.
   */
  static void fill(FloatBuffer mask, double rate, long key) {
    long[] hashes = new long[BLOCK];
    float[] entries = new float[BLOCK * PER_HASH];
    int dropped = (int) Math.round(rate * (1 << BITS));
    float kept = (float) (1 / (1 - rate));
    while (mask.hasRemaining()) {
      long first = key + GOLDEN * (mask.position() / PER_HASH);
      for (int i = 0; i < BLOCK; i++) {
        hashes[i] = Seeds.mix(first + STEPS[i]);
      }
      for (int i = 0; i < BLOCK; i++) {
        long hash = hashes[i];
        entries[PER_HASH * i] = (hash & 0xFFFF) < dropped ? 0 : kept;
        entries[PER_HASH * i + 1] = (hash >>> BITS & 0xFFFF) < dropped ? 0 : kept;
        entries[PER_HASH * i + 2] = (hash >>> 2 * BITS & 0xFFFF) < dropped ? 0 : kept;
        entries[PER_HASH * i + 3] = (hash >>> 3 * BITS) < dropped ? 0 : kept;
      }
      mask.put(entries, 0, Math.min(mask.remaining(), entries.length));
    }
  }
}
