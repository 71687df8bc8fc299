package io.genrec.engine.evaluation;

import io.genrec.api.sequence.History;
import io.genrec.api.sequence.Schema;
import org.apiguardian.api.API;

/** Which items of a user's past are taken out of the ranking. */
@API(status = API.Status.STABLE, since = "0.1")
public enum SeenItems {
  /** All earlier items. */
  ALL,
  /** The items of the model's input only, the most recent M, as published results do. */
  MODEL_INPUT,
  /** None: what a user had already may come again. */
  NONE;

  /** The rows to take out. */
  public int[] of(History history, int maxHistory) {
    History shown =
        switch (this) {
          case ALL -> history;
          case MODEL_INPUT -> history.last(maxHistory);
          case NONE -> history.last(0);
        };
    int[] rows = new int[shown.size()];
    for (int i = 0; i < rows.length; i++) {
      rows[i] = shown.category(Schema.ITEM, i);
    }
    return rows;
  }
}
