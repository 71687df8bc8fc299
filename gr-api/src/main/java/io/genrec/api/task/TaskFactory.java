package io.genrec.api.task;

import io.genrec.api.sequence.Schema;
import org.apiguardian.api.API;

/**
 * Makes tasks of one kind. Stateless and thread-safe.
 *
 * @param <C> the configuration, a record that checks its own values
 */
@API(status = API.Status.STABLE, since = "0.1")
public interface TaskFactory<C extends Record> {
  /** The name in configurations, for example {@code next-item}. */
  String name();

  /** The configuration's type. */
  Class<C> configType();

  /**
   * The task.
   *
   * @param schema what the data has, and how many tokens there may be
   * @throws IllegalArgumentException if the configuration does not fit the schema; whoever asks is
   *     told which configuration that is, as {@code [GR/InvalidValue]}
   */
  Task create(C config, Schema schema);
}
