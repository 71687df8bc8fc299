package io.genrec.testkit;

import io.genrec.api.sequence.History;
import io.genrec.api.sequence.Role;
import io.genrec.api.sequence.Schema;
import io.genrec.api.sequence.TokenRow;
import io.genrec.api.task.Label;
import io.genrec.api.task.Task;
import io.genrec.api.task.TaskFactory;
import java.util.List;
import java.util.Set;

/** Events as tokens of their items, then candidates; whether one is clicked is predicted. */
final class SmallTask implements TaskFactory<SmallTask.Config> {
  /** No options. */
  record Config() {}

  @Override
  public String name() {
    return "small-ranking";
  }

  @Override
  public Class<Config> configType() {
    return Config.class;
  }

  @Override
  public Task create(Config config, Schema schema) {
    return new Ranking(schema.features().stream().map(Schema.Feature::name).toList());
  }

  private record Ranking(List<String> features) implements Task {
    @Override
    public List<String> targets() {
      return List.of();
    }

    @Override
    public List<String> numbers() {
      return List.of("duration");
    }

    @Override
    public List<Label> labels() {
      return List.of(new Label("click", Label.Kind.BINARY, 1));
    }

    @Override
    public Set<Role> roles() {
      return Set.of(Role.EVENT, Role.CANDIDATE);
    }

    @Override
    public int trainingLength(History history) {
      return 0;
    }

    @Override
    public void writeTraining(History history, TokenRow row) {
      throw new UnsupportedOperationException("nobody trains this task");
    }

    @Override
    public int requestLength(History history) {
      return history.size();
    }

    @Override
    public void writeRequest(History history, long at, TokenRow row) {
      writeRequest(history, history.slice(0, 0), at, row);
    }

    @Override
    public void writeRequest(History history, History candidates, long at, TokenRow row) {
      for (int i = 0; i < history.size(); i++) {
        long usedAt = i + 1 < history.size() ? history.time(i + 1) : at;
        row.token(Role.EVENT, i, history.time(i), usedAt);
        row.feature(Schema.ITEM, i, history.category(Schema.ITEM, i));
      }
      for (int i = 0; i < candidates.size(); i++) {
        int slot = history.size() + i;
        row.token(Role.CANDIDATE, slot, at, at);
        row.feature(Schema.ITEM, slot, candidates.category(Schema.ITEM, i));
      }
    }
  }
}
