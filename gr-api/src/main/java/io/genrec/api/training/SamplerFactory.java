package io.genrec.api.training;

import org.apiguardian.api.API;

/**
 * Makes samplers of one kind. Stateless and thread-safe.
 *
 * @param <C> the configuration, a record that checks its own values
 */
@API(status = API.Status.STABLE, since = "0.1")
public interface SamplerFactory<C extends Record> {
  /** The name in configurations, for example {@code uniform}. */
  String name();

  /** The configuration's type. */
  Class<C> configType();

  /**
   * The sampler.
   *
   * @throws io.genrec.api.GenRecException {@code [GR/NothingToDraw]} if there is no row to draw
   *     from, here or at the latest when it draws
   */
  Sampler create(C config, SamplerContext context);
}
