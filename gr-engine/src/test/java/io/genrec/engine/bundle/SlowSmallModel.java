package io.genrec.engine.bundle;

import io.genrec.api.inference.Event;
import io.genrec.api.sequence.Batch.Column;
import io.genrec.engine.wiring.Registry;
import java.nio.FloatBuffer;
import java.nio.file.Path;
import java.util.List;
import org.apache.arrow.memory.BufferAllocator;

/** The formulas of {@link SumEncoder} and retrieval as plain loops in 64 bits. */
public final class SlowSmallModel {
  private static final int DIM = 4;
  private static final int MAX_HISTORY = 6;

  private final double[] items;
  private final double[] ratings;
  private final double[] mix;
  private final double[] hours;

  /** Reads a bundle's values. */
  public SlowSmallModel(Path bundle, Registry registry, BufferAllocator memory) {
    try (ModelBundle opened = ModelBundle.open(bundle, registry, memory)) {
      items = values(opened.parameters().column("embedding/item"));
      ratings = values(opened.parameters().column("embedding/rating"));
      mix = values(opened.parameters().column("sum/mix"));
      hours = values(opened.parameters().column("sum/hours"));
    }
  }

  private static double[] values(Column column) {
    FloatBuffer floats = column.bytes().asFloatBuffer();
    double[] values = new double[floats.remaining()];
    for (int i = 0; i < values.length; i++) {
      values[i] = floats.get(i);
    }
    return values;
  }

  /** The score of every row; index 0 is unused. Items are called {@code i1 ..}. */
  public double[] scores(List<Event> known, long at) {
    List<Event> shown = known.subList(Math.max(0, known.size() - MAX_HISTORY), known.size());
    double[] sum = new double[DIM];
    for (Event event : shown) {
      int item = Integer.parseInt(event.item().substring(1));
      String rating = event.features().get("rating");
      int rated = rating == null ? 0 : Integer.parseInt(rating.substring(1));
      for (int d = 0; d < DIM; d++) {
        sum[d] += items[item * DIM + d] + ratings[rated * DIM + d];
      }
    }
    double waited = (at - shown.get(shown.size() - 1).time()) / 3600.0;
    double[] user = new double[DIM];
    for (int d = 0; d < DIM; d++) {
      user[d] = waited * hours[d];
      for (int e = 0; e < DIM; e++) {
        user[d] += sum[e] * mix[e * DIM + d];
      }
    }
    double[] scores = new double[items.length / DIM];
    for (int row = 1; row < scores.length; row++) {
      double dot = 0;
      double square = 0;
      for (int d = 0; d < DIM; d++) {
        dot += user[d] * items[row * DIM + d];
        square += items[row * DIM + d] * items[row * DIM + d];
      }
      scores[row] = dot / Math.sqrt(square);
    }
    return scores;
  }
}
