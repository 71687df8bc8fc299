package io.genrec.testkit;

import io.genrec.api.GenRecException;

/** What a plug-in does not claim fails with the documented error. */
final class Refusal {
  private Refusal() {}

  /**
   * Fails unless an action is refused.
   *
   * @param id of the error, without brackets and prefix
   * @param what is tried, for messages
   */
  static void require(String id, String what, Runnable action) {
    try {
      action.run();
    } catch (GenRecException e) {
      if (e.id().equals(id)) {
        return;
      }
      throw new AssertionError(what + " must be refused with [GR/" + id + "], not with " + e, e);
    }
    throw new AssertionError(what + " must be refused with [GR/" + id + "] but is not");
  }
}
