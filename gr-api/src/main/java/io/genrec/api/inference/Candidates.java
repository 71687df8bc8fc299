package io.genrec.api.inference;

import io.genrec.api.sequence.History;
import io.genrec.api.sequence.Schema;
import org.apiguardian.api.API;

/** Candidates that are known by their items alone. */
@API(status = API.Status.EXPERIMENTAL, since = "0.1")
public final class Candidates {
  private Candidates() {}

  /** Items in the place of events, in vocabulary rows; they have no other feature and no time. */
  public static History items(int... rows) {
    int[] items = rows.clone();
    return new History() {
      @Override
      public int size() {
        return items.length;
      }

      @Override
      public int category(String feature, int event) {
        int item = items[event];
        return feature.equals(Schema.ITEM) ? item : 0;
      }

      @Override
      public long time(int event) {
        return NO_TIME;
      }
    };
  }
}
