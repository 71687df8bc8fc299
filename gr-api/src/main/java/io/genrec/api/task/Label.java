package io.genrec.api.task;

import org.apiguardian.api.API;

/**
 * An outcome that a model predicts.
 *
 * @param name the action's or the number's name
 * @param kind what is predicted of it
 * @param weight how much it counts in the loss
 */
@API(status = API.Status.STABLE, since = "0.1")
public record Label(String name, Kind kind, double weight) {
  /** What is predicted. */
  public enum Kind {
    /** Whether something happens: a prediction is a logit. */
    BINARY,
    /** How large something is: a prediction is the number, normalised. */
    REGRESSION
  }
}
