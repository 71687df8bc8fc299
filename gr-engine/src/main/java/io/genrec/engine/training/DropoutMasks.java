package io.genrec.engine.training;

import io.genrec.api.graph.Shape;
import io.genrec.api.graph.TensorType;
import io.genrec.api.sequence.Batch;
import io.genrec.engine.program.Program;
import java.nio.FloatBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.ToLongFunction;

/**
 * Fills a training graph's dropout masks: entry i of a site is a hash of (key, site, i). Made on
 * the host, since the same hash as int64 operations of the graph measures several times slower.
 */
final class DropoutMasks {
  private static final int BITS = 16;

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
      FloatBuffer mask = batch.floats(site.input(), site.shape().sizes(sizes));
      fill(mask, site.rate(), Seeds.of(key, site.hash()));
    }
  }

  /** Four entries of each hash, 16 bits for each. */
  private static void fill(FloatBuffer mask, double rate, long key) {
    int dropped = (int) Math.round(rate * (1 << BITS));
    float kept = (float) (1 / (1 - rate));
    int entries = mask.remaining();
    long hash = 0;
    for (int i = 0; i < entries; i++) {
      if ((i & 3) == 0) {
        hash = Seeds.mix(key + 0x9E3779B97F4A7C15L * ((i >> 2) + 1));
      }
      mask.put(i, (hash & 0xFFFF) < dropped ? 0 : kept);
      hash >>>= BITS;
    }
  }
}
