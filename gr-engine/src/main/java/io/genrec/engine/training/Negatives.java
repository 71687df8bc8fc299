package io.genrec.engine.training;

import io.genrec.api.sequence.Batch;
import io.genrec.api.sequence.Schema;
import io.genrec.api.training.Sampler;
import java.nio.FloatBuffer;
import java.nio.LongBuffer;
import java.util.random.RandomGenerator;

/** Draws the negatives of a micro-batch into its columns. */
final class Negatives {
  private static final String COLUMN = "negatives/" + Schema.ITEM;
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
    int count = sampler.count();
    switch (sampler.sharing()) {
      case POSITION ->
          draw(
              batch.longs(COLUMN, size[0], size[1], count),
              draw,
              Seeds.of(seed, SITE, step, microBatch));
      case SEQUENCE ->
          draw(
              batch.longs(COLUMN, size[0], 1, count), draw, Seeds.of(seed, SITE, step, microBatch));
      // The same draws for every micro-batch.
      case BATCH -> draw(batch.longs(COLUMN, 1, 1, count), draw, Seeds.of(seed, SITE, step));
    }
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
    int entries = out.limit();
    for (int i = 0; i < entries; i++) {
      out.put(i, draw.next(random));
    }
  }
}
