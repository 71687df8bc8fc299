package io.genrec.api.sequence;

import org.apiguardian.api.API;

/**
 * What a token stands for. A sequence is context, then the history (events, perhaps each followed
 * by its action), then candidates.
 */
@API(status = API.Status.STABLE, since = "0.1")
public enum Role {
  /** Something that holds for the whole request: a profile field, a device. */
  CONTEXT,
  /**
   * An event of the history, with its action, unless that is a token of its own; or an entry of a
   * slower-changing series, {@link Schema.Owner#SERIES}.
   */
  EVENT,
  /** What the user did at the event before, as a token of its own. */
  ACTION,
  /**
   * An item whose outcome is asked (a "target" of the paper's code). All candidates stand at the
   * position after the history and at the request's time; each sees the history and itself.
   */
  CANDIDATE
}
