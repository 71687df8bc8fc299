package io.genrec.api.task;

import io.genrec.api.GenRecException;
import io.genrec.api.sequence.History;
import io.genrec.api.sequence.Role;
import io.genrec.api.sequence.Schema;
import io.genrec.api.sequence.TokenColumns;
import io.genrec.api.sequence.TokenRow;
import java.util.Arrays;
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
  default List<String> features() {
    return List.of(Schema.ITEM);
  }

  /** The categorical features that are predicted; none of a task that predicts outcomes. */
  default List<String> targets() {
    return List.of(Schema.ITEM);
  }

  /** The numeric features that tokens carry. */
  default List<String> numbers() {
    return List.of();
  }

  /** How many actions tokens carry in {@link Schema#ACTIONS}. */
  default int actions() {
    return 0;
  }

  /** The outcomes that are predicted; none of a task that predicts items. */
  default List<Label> labels() {
    return List.of();
  }

  /**
   * What came of an event.
   *
   * @param label one of {@link #labels}
   * @return 1 or 0 for what happened or not; a size, normalised; NaN if it is not known
   */
  default float outcome(Label label, History history, int event) {
    throw new IllegalArgumentException("this task predicts items, not \"" + label.name() + "\"");
  }

  /** All that the task writes. */
  default TokenColumns columns() {
    return new TokenColumns(
        features(), numbers(), targets(), labels().stream().map(Label::name).toList());
  }

  /** The roles that tokens may have. */
  default Set<Role> roles() {
    return Set.of(Role.EVENT);
  }

  /**
   * The roles that tokens of training examples may have. Without candidates among them all tokens
   * see each other in plain order.
   */
  default Set<Role> trainingRoles() {
    return roles();
  }

  /**
   * Where the training examples of a history end: each is the history up to that event (exclusive).
   * By default one, the whole.
   */
  default int[] examples(History history) {
    return new int[] {history.size()};
  }

  /**
   * The roles whose tokens may have targets. Where history rows see later ones, only candidates
   * may: others would see what they are to predict.
   */
  default Set<Role> supervisedRoles() {
    return Set.of(Role.EVENT);
  }

  /**
   * The most candidates of a training example: encoders in which candidates see each other are not
   * trained on more than one. Any number by default, if candidates may have targets.
   */
  default int trainingCandidates() {
    return supervisedRoles().contains(Role.CANDIDATE) ? Integer.MAX_VALUE : 0;
  }

  /**
   * The tokens of a training example; 0 if there is nothing to learn from the history: it is too
   * short, or none of its targets is known. Such a history is left out.
   */
  int trainingLength(History history);

  /**
   * For each token of a training example the number of the event that it belongs to, among those
   * that the example shows, ascending from 0; -1 for what is always there. Tokens of one event stay
   * together where only some events are shown. By default each token is an event.
   */
  default int[] events(History history) {
    int[] events = new int[trainingLength(history)];
    Arrays.setAll(events, token -> token);
    return events;
  }

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

  /**
   * The tokens of a request with candidates.
   *
   * @param candidates how many
   */
  default int requestLength(History history, int candidates) {
    return requestLength(history) + candidates;
  }

  /**
   * Writes a request with candidates, the last tokens in their order; their outputs answer it. The
   * tokens before them are the same whatever the candidates are.
   *
   * @param history the events so far
   * @param candidates items in the place of events; nothing is read that is known only after them
   * @param at the request's time in seconds or {@link History#NO_TIME}
   * @throws GenRecException {@code [GR/NoCandidates]} if this task has none
   */
  default void writeRequest(History history, History candidates, long at, TokenRow row) {
    throw new GenRecException(
        "NoCandidates",
        "this task predicts items and scores no candidates; use a ranking task, such as"
            + " ranking-interleaved");
  }
}
