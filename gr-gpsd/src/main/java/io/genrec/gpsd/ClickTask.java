package io.genrec.gpsd;

import io.genrec.api.GenRecException;
import io.genrec.api.config.Default;
import io.genrec.api.sequence.History;
import io.genrec.api.sequence.Role;
import io.genrec.api.sequence.Schema;
import io.genrec.api.sequence.TokenRow;
import io.genrec.api.task.Label;
import io.genrec.api.task.Task;
import io.genrec.api.task.TaskFactory;
import java.util.List;
import java.util.Set;
import org.apiguardian.api.API;

/**
 * The discriminative task: history and candidates in one sequence; the output of a candidate says
 * whether it is the user's next item (arXiv 2506.03699). Candidates carry all features that events
 * carry and see the history, not each other. A training example is a history whose last events are
 * its candidates; {@link Schema#ACTIONS} of a candidate is 1 or 0.
 */
@API(status = API.Status.STABLE, since = "0.1")
public final class ClickTask implements Task {
  /** The name of the label. */
  public static final String CLICK = "click";

  private static final Label LABEL = new Label(CLICK, Label.Kind.BINARY, 1);

  private final List<String> features;
  private final List<Schema.Numeric> numbers;
  private final int maxHistory;
  private final int candidates;

  /**
   * The options.
   *
   * @param candidates how many last events of a training example are candidates: 1 for encoders
   *     that see both ways, in which candidates would see each other
   */
  public record Config(@Default("2") int candidates) {
    /** Checks the number. */
    public Config {
      if (candidates < 1) {
        throw new IllegalArgumentException("candidates must be at least 1 but is " + candidates);
      }
    }
  }

  /** Makes the task {@code click}. */
  @API(status = API.Status.STABLE, since = "0.1")
  public static final class Factory implements TaskFactory<Config> {
    @Override
    public String name() {
      return CLICK;
    }

    @Override
    public Class<Config> configType() {
      return Config.class;
    }

    @Override
    public Task create(Config config, Schema schema) {
      return new ClickTask(config, schema);
    }
  }

  /**
   * The task for data of this kind.
   *
   * @throws GenRecException {@code [GR/InvalidValue]} if the model has no room for the candidates,
   *     or the data has slower-changing series, which no sample of this task reads
   */
  public ClickTask(Config config, Schema schema) {
    schema.feature(Schema.ITEM);
    if (!schema.series().isEmpty()) {
      throw new GenRecException(
          "InvalidValue",
          "the task "
              + CLICK
              + " reads no slower-changing series, but the data has \""
              + schema.series().get(0).name()
              + "\"; prepare the data without it");
    }
    features = schema.features().stream().map(Schema.Feature::name).toList();
    numbers = schema.numbers();
    maxHistory = schema.maxHistory();
    candidates = config.candidates();
    if (maxHistory + candidates > schema.maxLength()) {
      throw new GenRecException(
          "InvalidValue",
          maxHistory
              + " events and "
              + candidates
              + " candidates do not fit into "
              + schema.maxLength()
              + " tokens; set outputSlots of the model to at least "
              + candidates);
    }
  }

  /** How many last events of a training example are candidates. */
  public int candidates() {
    return candidates;
  }

  @Override
  public List<String> features() {
    return features;
  }

  @Override
  public List<String> targets() {
    return List.of();
  }

  @Override
  public List<String> numbers() {
    return numbers.stream().filter(number -> !number.bucketed()).map(Schema.Numeric::name).toList();
  }

  @Override
  public List<Label> labels() {
    return List.of(LABEL);
  }

  @Override
  public float outcome(Label label, History history, int event) {
    return history.category(Schema.ACTIONS, event);
  }

  @Override
  public int trainingCandidates() {
    return candidates;
  }

  @Override
  public Set<Role> supervisedRoles() {
    return Set.of(Role.CANDIDATE);
  }

  @Override
  public Set<Role> roles() {
    return Set.of(Role.EVENT, Role.CANDIDATE);
  }

  @Override
  public int trainingLength(History history) {
    return history.size() < candidates
        ? 0
        : requestLength(history.slice(0, history.size() - candidates), candidates);
  }

  @Override
  public void writeTraining(History history, TokenRow row) {
    int end = history.size() - candidates;
    History past = history.slice(0, end);
    History asked = history.slice(end, history.size());
    writeRequest(past, asked, asked.time(0), row);
    int slot = requestLength(past);
    for (int candidate = 0; candidate < candidates; candidate++) {
      row.label(CLICK, slot + candidate, outcome(LABEL, asked, candidate), 1);
    }
  }

  @Override
  public int requestLength(History history) {
    return Math.min(maxHistory, history.size());
  }

  @Override
  public void writeRequest(History history, long at, TokenRow row) {
    History shown = history.last(maxHistory);
    for (int event = 0; event < shown.size(); event++) {
      long usedAt = event + 1 < shown.size() ? shown.time(event + 1) : at;
      row.token(Role.EVENT, event, shown.time(event), usedAt);
      write(shown, event, row, event);
    }
  }

  @Override
  public void writeRequest(History history, History asked, long at, TokenRow row) {
    writeRequest(history, at, row);
    int slot = requestLength(history);
    for (int candidate = 0; candidate < asked.size(); candidate++) {
      row.token(Role.CANDIDATE, slot + candidate, at, at);
      write(asked, candidate, row, slot + candidate);
    }
  }

  private void write(History from, int event, TokenRow row, int slot) {
    for (Schema.Numeric number : numbers) {
      float value = from.number(number.name(), event);
      if (number.bucketed()) {
        row.feature(number.name(), slot, number.bucket(value));
      } else {
        row.number(number.name(), slot, number.normalised(value));
      }
    }
    for (String feature : features) {
      if (numbers.stream().noneMatch(number -> number.name().equals(feature))) {
        row.feature(feature, slot, from.category(feature, event));
      }
    }
  }
}
