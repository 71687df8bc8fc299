package io.genrec.falcon;

import io.genrec.api.GenRecException;
import io.genrec.api.graph.ElementType;
import io.genrec.api.inference.CacheUse;
import io.genrec.api.inference.Scores;
import io.genrec.api.inference.ScoringModel;
import io.genrec.api.sequence.Batch;
import io.genrec.api.sequence.Batch.Column;
import java.nio.DoubleBuffer;
import java.nio.FloatBuffer;
import java.util.LinkedHashMap;
import java.util.Map;

/** The scores of one request while they come. Threads may write different candidates at once. */
final class Answer {
  private final ScoringModel model;
  private final Map<String, double[]> values = new LinkedHashMap<>();

  Answer(ScoringModel model, int candidates) {
    this.model = model;
    model.predictions().forEach(name -> values.put(name, new double[candidates]));
  }

  /**
   * Takes scores of consecutive candidates.
   *
   * @param outputs have {@code prediction/<name>}
   * @param at the entry of the first candidate's prediction
   * @param from the first candidate
   * @param count how many
   */
  void put(Batch outputs, int at, int from, int count) {
    values.forEach(
        (name, to) ->
            put(name, outputs.column(ScoringModel.PREDICTION + name), at, to, from, count));
  }

  private void put(String name, Column column, int at, double[] to, int from, int count) {
    if (column.element() != ElementType.FLOAT) {
      throw new IllegalArgumentException("prediction \"" + name + "\" is not real but " + column);
    }
    if (model.realBytes() == Double.BYTES) {
      DoubleBuffer wide = column.bytes().asDoubleBuffer();
      wide.get(at, to, from, count);
    } else {
      FloatBuffer reals = column.bytes().asFloatBuffer();
      for (int i = 0; i < count; i++) {
        to[from + i] = reals.get(at + i);
      }
    }
    for (int i = from; i < from + count; i++) {
      if (!Double.isFinite(to[i])) {
        throw new GenRecException(
            "NotANumber",
            "model "
                + model.fingerprint()
                + " gives a prediction \""
                + name
                + "\" that is not a number but "
                + to[i]
                + "; look for infinite or NaN weights in its bundle (a learning rate that was too"
                + " high)");
      }
    }
  }

  Scores scores(CacheUse cache) {
    return new Scores(values, cache);
  }
}
