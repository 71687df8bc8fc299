package io.genrec.api.inference;

import org.apiguardian.api.API;

/**
 * Makes baselines of one kind. Stateless and thread-safe.
 *
 * @param <C> the configuration, a record that checks its own values; each has a default, so that
 *     the name alone describes a baseline
 */
@API(status = API.Status.STABLE, since = "0.1")
public interface BaselineFactory<C extends Record> {
  /** The name in configurations and tables, for example {@code most-popular}. */
  String name();

  /** The configuration's type. */
  Class<C> configType();

  /** A baseline that is not fitted yet. */
  Baseline create(C config);
}
