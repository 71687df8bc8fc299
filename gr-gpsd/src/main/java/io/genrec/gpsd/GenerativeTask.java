package io.genrec.gpsd;

import io.genrec.api.sequence.History;
import io.genrec.api.sequence.Schema;
import io.genrec.api.sequence.TokenRow;
import io.genrec.api.task.Task;
import io.genrec.api.task.TaskFactory;
import io.genrec.data.task.NextItem;
import java.util.ArrayList;
import java.util.List;
import org.apiguardian.api.API;

/**
 * Generative pretraining: every event is one token, and its output predicts the item of the event
 * after it and that event's other categorical features (arXiv 2506.03699). Otherwise like {@link
 * NextItem}.
 */
@API(status = API.Status.STABLE, since = "0.1")
public final class GenerativeTask implements Task {
  private final NextItem items;
  private final List<String> others;

  /** No options. */
  public record Config() {}

  /** Makes the task {@code generative}. */
  @API(status = API.Status.STABLE, since = "0.1")
  public static final class Factory implements TaskFactory<Config> {
    @Override
    public String name() {
      return "generative";
    }

    @Override
    public Class<Config> configType() {
      return Config.class;
    }

    @Override
    public Task create(Config config, Schema schema) {
      return new GenerativeTask(schema);
    }
  }

  /**
   * The task for data of this kind.
   *
   * @throws io.genrec.api.GenRecException {@code [GR/UnknownFeature]} if the schema has no items;
   *     {@code [GR/InvalidValue]} if it has numbers or fields of users
   */
  public GenerativeTask(Schema schema) {
    items = new NextItem(schema);
    // An item is predicted by the token before it; nothing predicts an entry of a series.
    others =
        schema.features().stream()
            .filter(feature -> feature.owner() != Schema.Owner.SERIES)
            .map(Schema.Feature::name)
            .filter(name -> !name.equals(Schema.ITEM))
            .toList();
  }

  @Override
  public List<String> features() {
    return items.features();
  }

  @Override
  public List<String> targets() {
    List<String> targets = new ArrayList<>(others);
    targets.add(0, Schema.ITEM);
    return targets;
  }

  @Override
  public int trainingLength(History history) {
    return items.trainingLength(history);
  }

  /** A target that an event does not have is row 0, which losses leave out. */
  @Override
  public void writeTraining(History history, TokenRow row) {
    items.writeTraining(history, row);
    int tokens = trainingLength(history);
    History shown = history.last(tokens + 1);
    for (int token = 0; token < tokens; token++) {
      float weight = shown.category(Schema.ITEM, token + 1) == 0 ? 0 : 1;
      for (String feature : others) {
        row.target(feature, token, shown.category(feature, token + 1), weight);
      }
    }
  }

  @Override
  public int requestLength(History history) {
    return items.requestLength(history);
  }

  @Override
  public void writeRequest(History history, long at, TokenRow row) {
    items.writeRequest(history, at, row);
  }
}
