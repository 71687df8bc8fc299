package io.genrec.engine.bundle;

import io.genrec.api.sequence.History;
import io.genrec.api.sequence.Schema;
import io.genrec.api.sequence.TokenRow;
import io.genrec.api.task.Task;
import io.genrec.api.task.TaskFactory;
import java.util.List;

/** One token for each of the most recent events; only for requests. */
record LastEvents(Schema schema) implements Task {
  record Config() {}

  record Factory(String name) implements TaskFactory<Config> {
    @Override
    public Class<Config> configType() {
      return Config.class;
    }

    @Override
    public Task create(Config config, Schema schema) {
      return new LastEvents(schema);
    }
  }

  @Override
  public List<String> features() {
    return List.of(Schema.ITEM, "rating");
  }

  @Override
  public List<String> targets() {
    return List.of(Schema.ITEM);
  }

  @Override
  public int trainingLength(History history) {
    return 0;
  }

  @Override
  public void writeTraining(History history, TokenRow row) {
    throw new UnsupportedOperationException();
  }

  @Override
  public int requestLength(History history) {
    return Math.min(schema.maxHistory(), history.size());
  }

  @Override
  public void writeRequest(History history, long at, TokenRow row) {
    History shown = history.last(requestLength(history));
    for (int token = 0; token < shown.size(); token++) {
      long usedAt = token == shown.size() - 1 ? at : shown.time(token + 1);
      row.token(token, shown.time(token), usedAt);
      row.feature(Schema.ITEM, token, shown.category(Schema.ITEM, token));
      row.feature("rating", token, shown.category("rating", token));
    }
  }
}
