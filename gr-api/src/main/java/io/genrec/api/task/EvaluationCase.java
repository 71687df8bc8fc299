package io.genrec.api.task;

import io.genrec.api.sequence.History;
import org.apiguardian.api.API;

/**
 * One question of an evaluation: which item comes next.
 *
 * @param user the user's number in the data
 * @param history the events before
 * @param target the row of the item that came
 * @param targetTime when it came, in seconds or {@link History#NO_TIME}
 * @param tied whether it came at the very time of the event before, so that their order says little
 */
@API(status = API.Status.STABLE, since = "0.1")
public record EvaluationCase(int user, History history, int target, long targetTime, boolean tied) {
  /** The time of the last event before. */
  public long lastTime() {
    return history.size() == 0 ? History.NO_TIME : history.time(history.size() - 1);
  }
}
