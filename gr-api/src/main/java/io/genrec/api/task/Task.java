package io.genrec.api.task;

import io.genrec.api.sequence.History;
import io.genrec.api.sequence.Role;
import io.genrec.api.sequence.TokenRow;
import java.util.List;
import java.util.Set;
import org.apiguardian.api.API;

/**
 * Turns events into tokens x, targets y and weights m (0 where y is undefined): the paper's
 * sequential transduction form (arXiv 2402.17152, section 2). A task alone forms tokens; an encoder
 * embeds them.
 *
 * <p>Stateless and thread-safe.
 */
@API(status = API.Status.STABLE, since = "0.1")
public interface Task {
  /** The categorical features that tokens carry. */
  List<String> features();

  /** The categorical features that are predicted. */
  List<String> targets();

  /** The roles that tokens may have. */
  default Set<Role> roles() {
    return Set.of(Role.EVENT);
  }

  /** The tokens of a training example; 0 if the history is too short for one. */
  int trainingLength(History history);

  /** Writes a training example. */
  void writeTraining(History history, TokenRow row);

  /** The tokens of a request. */
  int requestLength(History history);

  /**
   * Writes a request; the last token's output answers it.
   *
   * @param history the events so far, at least one
   * @param at the request's time in seconds or {@link History#NO_TIME}
   */
  void writeRequest(History history, long at, TokenRow row);
}
