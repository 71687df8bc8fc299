package io.genrec.api.inference;

import org.apiguardian.api.API;

/**
 * Makes strategies of one kind. Stateless and thread-safe.
 *
 * @param <C> the configuration, a record that checks its own values
 */
@API(status = API.Status.STABLE, since = "0.1")
public interface InferenceStrategyFactory<C extends Record> {
  /** The name in configurations, for example {@code m-falcon}. */
  String name();

  /** The configuration's type. */
  Class<C> configType();

  /**
   * A strategy for a model, which the caller closes after it.
   *
   * @throws io.genrec.api.GenRecException if the model's encoder does not allow it
   */
  InferenceStrategy create(C config, ScoringModel model);
}
