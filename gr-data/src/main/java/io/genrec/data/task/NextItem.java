package io.genrec.data.task;

import io.genrec.api.GenRecException;
import io.genrec.api.sequence.History;
import io.genrec.api.sequence.Schema;
import io.genrec.api.sequence.TokenRow;
import io.genrec.api.task.Task;
import java.util.List;
import org.apiguardian.api.API;

/**
 * Next-item retrieval: every event is one token, and its output predicts the item of the event
 * after it (arXiv 2402.17152, section 2.1).
 *
 * <p>A token's time is its event's; its prediction time is the following event's, as in the
 * published research models. Both are {@link History#NO_TIME} where the data has none. Tokens carry
 * all categorical features of the schema; only items are predicted. Positions count from 0 at the
 * oldest event that is shown. An entry of a slower-changing series is a token as an event is, but
 * nothing predicts it: an item is predicted once, by the token before it.
 */
@API(status = API.Status.STABLE, since = "0.1")
public final class NextItem implements Task {
  private final List<String> features;
  private final int maxHistory;

  /**
   * The task for data of this kind.
   *
   * @throws GenRecException {@code [GR/UnknownFeature]} if the schema has no items; {@code
   *     [GR/InvalidValue]} if it has numbers or fields of users, which no token here carries
   */
  public NextItem(Schema schema) {
    schema.feature(Schema.ITEM);
    schema.numbers().forEach(number -> refuse(number.name(), "number", "numbers"));
    schema.features().stream()
        .filter(feature -> feature.owner() == Schema.Owner.USER)
        .forEach(feature -> refuse(feature.name(), "field of the user", "features"));
    this.features = schema.features().stream().map(Schema.Feature::name).toList();
    this.maxHistory = schema.maxHistory();
  }

  private static void refuse(String name, String what, String key) {
    throw new GenRecException(
        "InvalidValue",
        "\""
            + name
            + "\" is a "
            + what
            + ", and tokens of a task that predicts items carry categorical features of events"
            + " alone; leave it out of the model's "
            + key
            + ", or train a ranking task");
  }

  @Override
  public List<String> features() {
    return features;
  }

  @Override
  public List<String> targets() {
    return List.of(Schema.ITEM);
  }

  /**
   * The events shown without the newest, which is only a target: at most {@code maxHistory}; 0 if
   * no target among them has an item.
   */
  @Override
  public int trainingLength(History history) {
    int tokens = Math.min(maxHistory, Math.max(0, history.size() - 1));
    for (int target = history.size() - 1; target >= history.size() - tokens; target--) {
      if (history.category(Schema.ITEM, target) != 0) {
        return tokens;
      }
    }
    return 0;
  }

  /**
   * Writes the most recent events; the newest is only a target. A target without an item (row 0)
   * has weight 0, all others weigh 1.
   */
  @Override
  public void writeTraining(History history, TokenRow row) {
    int tokens = trainingLength(history);
    History shown = history.last(tokens + 1);
    for (int token = 0; token < tokens; token++) {
      writeToken(shown, token, shown.time(token + 1), row);
      int next = shown.category(Schema.ITEM, token + 1);
      row.target(Schema.ITEM, token, next, next == 0 ? 0 : 1);
    }
  }

  /** The most recent events: at most {@code maxHistory}. */
  @Override
  public int requestLength(History history) {
    return Math.min(maxHistory, history.size());
  }

  @Override
  public void writeRequest(History history, long at, TokenRow row) {
    int tokens = requestLength(history);
    History shown = history.last(tokens);
    for (int token = 0; token < tokens; token++) {
      boolean last = token == tokens - 1;
      writeToken(shown, token, last ? at : shown.time(token + 1), row);
    }
  }

  private void writeToken(History shown, int token, long usedAt, TokenRow row) {
    row.token(token, shown.time(token), usedAt);
    for (String feature : features) {
      row.feature(feature, token, shown.category(feature, token));
    }
  }
}
