package io.genrec.engine.training;

import io.genrec.api.graph.ElementType;
import io.genrec.api.sequence.Batch;
import io.genrec.api.sequence.Batch.Column;
import io.genrec.api.sequence.Schema;
import io.genrec.api.training.Sampler;
import java.nio.FloatBuffer;
import java.nio.LongBuffer;
import java.util.random.RandomGenerator;

/** Draws the negatives of a micro-batch into its columns. */
final class Negatives {
  private static final String COLUMN = "negatives/" + Schema.ITEM;

  /** How many are drawn at a time: they stay in a core's first cache. */
  private static final int BLOCK = 2048;

  private static final long SITE = Seeds.of(COLUMN);

  private final Sampler sampler;
  private final boolean corrected;

  /**
   * Negatives by a sampler.
   *
   * @param corrected whether the loss reads the chances to be drawn
   */
  Negatives(Sampler sampler, boolean corrected) {
    this.sampler = sampler;
    this.corrected = corrected;
  }

  /** Writes {@code negatives/item}. */
  void fill(Batch batch, Sampler.Draw draw, long seed, long step, int microBatch) {
    long[] size = batch.column("tokens/valid").size();
    Sampler.Sharing sharing = sampler.sharing();
    // What the batch shares is the same draws for every micro-batch.
    long key =
        sharing == Sampler.Sharing.BATCH
            ? Seeds.of(seed, SITE, step)
            : Seeds.of(seed, SITE, step, microBatch);
    long[] drawn =
        switch (sharing) {
          case POSITION -> new long[] {size[0], size[1], sampler.count()};
          case SEQUENCE -> new long[] {size[0], 1, sampler.count()};
          case BATCH -> new long[] {1, 1, sampler.count()};
        };
    Column column = batch.unwritten(COLUMN, ElementType.INT64, Long.BYTES, drawn);
    draw(column.bytes().asLongBuffer(), draw, key);
  }

  /**
   * Writes {@code negatives/log_probability} for the given rows of the table, if the loss reads it.
   */
  void chances(Batch batch, Sampler.Draw draw, TableRows rows) {
    if (corrected) {
      FloatBuffer chances = batch.floats("negatives/log_probability", rows.count());
      for (int i = 0; i < rows.count(); i++) {
        long row = rows.row(i);
        double logarithm = row == 0 ? 0 : draw.logProbability((int) row);
        // Rows that are never drawn are never corrected either.
        chances.put(i, Double.isInfinite(logarithm) ? 0 : (float) logarithm);
      }
    }
  }

  private static void draw(LongBuffer out, Sampler.Draw draw, long key) {
    RandomGenerator random = Seeds.generator(key);
    long[] rows = new long[BLOCK];
    while (out.hasRemaining()) {
      draw.fill(random, rows);
      out.put(rows, 0, Math.min(out.remaining(), BLOCK));
    }
  }
}
