package io.genrec.testkit;

import io.genrec.api.sequence.History;
import io.genrec.api.sequence.Schema;
import io.genrec.api.sequence.TokenRow;
import io.genrec.api.task.Task;
import io.genrec.api.task.TaskFactory;
import java.util.List;

/** A task to name in a bundle. It forms no tokens: rules write theirs themselves. */
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
      public List<String> targets() {
        return List.of(Schema.ITEM);
      }

      @Override
      public int trainingLength(History history) {
        return 0;
      }

      @Override
      public void writeTraining(History history, TokenRow row) {
        throw new UnsupportedOperationException("the contract's task forms no tokens");
      }

      @Override
      public int requestLength(History history) {
        return 0;
      }

      @Override
      public void writeRequest(History history, long at, TokenRow row) {
        throw new UnsupportedOperationException("the contract's task forms no tokens");
      }
    };
  }
}
