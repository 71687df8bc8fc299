package io.genrec.testkit;

import io.genrec.api.sequence.History;
import io.genrec.api.sequence.Schema;
import io.genrec.api.sequence.TokenRow;
import io.genrec.api.task.Task;
import io.genrec.api.task.TaskFactory;
import java.util.List;

/**
 * A task to name in a bundle, and to ask with: each event is a token, the last of which answers.
 * Nobody trains it; rules write their examples themselves.
 */
final class NamedTask implements TaskFactory<NamedTask.Config> {
  static final String NAME = "contract";

  /** No options. */
  record Config() {}

  @Override
  public String name() {
    return NAME;
  }

  @Override
  public Class<Config> configType() {
    return Config.class;
  }

  @Override
  public Task create(Config config, Schema schema) {
    return new Task() {
      @Override
      public List<String> features() {
        return schema.features().stream().map(Schema.Feature::name).toList();
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
        for (int i = 0; i < history.size(); i++) {
          int event = i;
          row.token(i, history.time(i), i + 1 < history.size() ? history.time(i + 1) : at);
          features().forEach(name -> row.feature(name, event, history.category(name, event)));
        }
      }
    };
  }
}
