package io.genrec.api.training;

import org.apiguardian.api.API;

/**
 * Makes losses of one kind. Stateless and thread-safe.
 *
 * @param <C> the configuration, a record that checks its own values
 */
@API(status = API.Status.STABLE, since = "0.1")
public interface LossFactory<C extends Record> {
  /** The name in configurations, for example {@code sampled-softmax}. */
  String name();

  /** The configuration's type. */
  Class<C> configType();

  /**
   * The loss.
   *
   * @throws IllegalArgumentException if the configuration makes no sense; whoever asks is told
   *     which configuration that is, as {@code [GR/InvalidValue]}
   */
  Loss create(C config);
}
