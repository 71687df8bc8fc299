package io.genrec.engine.evaluation;

import io.genrec.api.task.EvaluationCase;
import org.apiguardian.api.API;

/** The time that a model is told when it is asked for the next item. */
@API(status = API.Status.STABLE, since = "0.1")
public enum RequestTime {
  /** The target's own time, as published results use it. */
  TARGET,
  /** The last event's time: nothing is known of when the user comes back. */
  LAST_EVENT;

  /** The time of a case, in seconds. */
  public long of(EvaluationCase question) {
    return this == TARGET ? question.targetTime() : question.lastTime();
  }
}
