package io.genrec.engine.training;

import io.genrec.api.sequence.Batch;
import io.genrec.api.sequence.Batch.Column;
import io.genrec.api.task.Label;
import io.genrec.engine.model.Model;
import java.nio.FloatBuffer;
import java.nio.LongBuffer;
import java.util.BitSet;
import java.util.List;
import org.apiguardian.api.API;

/** Which tokens of a batch have an outcome that counts. */
@API(status = API.Status.EXPERIMENTAL, since = "0.1")
public final class Labelled {
  private Labelled() {}

  /**
   * Writes {@link Model#LABELLED}, as wide as the sequence with the most such tokens, at least 1.
   *
   * @param batch tokens and the weights of their labels
   * @param labels the task's; at least one
   */
  public static void mark(Batch batch, List<Label> labels) {
    BitSet counts = new BitSet();
    long[] size = {0, 0};
    for (Label label : labels) {
      Column column = batch.column("label_weights/" + label.name());
      size = column.size();
      FloatBuffer weights = column.bytes().asFloatBuffer();
      for (int i = 0; i < weights.limit(); i++) {
        if (weights.get(i) != 0) {
          counts.set(i);
        }
      }
    }
    int rows = (int) size[0];
    int length = (int) size[1];
    int most = 1;
    for (int row = 0; row < rows; row++) {
      most = Math.max(most, counts.get(row * length, (row + 1) * length).cardinality());
    }
    LongBuffer places = batch.longs(Model.LABELLED, rows, most);
    for (int row = 0; row < rows; row++) {
      int first = row * length;
      int at = row * most;
      for (int i = counts.nextSetBit(first);
          i >= 0 && i < first + length;
          i = counts.nextSetBit(i + 1)) {
        places.put(at++, i - first + 1L);
      }
    }
  }
}
