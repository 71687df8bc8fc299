package io.genrec.data.sampling;

import io.genrec.api.training.Sampler;
import io.genrec.api.training.SamplerContext;
import io.genrec.api.training.SamplerFactory;
import org.apiguardian.api.API;

/**
 * Makes {@code popularity}: a row's chance is proportional to a power of its number of training
 * events, each draw independent of the others. Rows without events are never drawn, unless the
 * power is 0.
 */
@API(status = API.Status.STABLE, since = "0.1")
public final class PopularityFactory implements SamplerFactory<PopularityConfig> {
  @Override
  public String name() {
    return "popularity";
  }

  @Override
  public Class<PopularityConfig> configType() {
    return PopularityConfig.class;
  }

  /**
   * {@inheritDoc}
   *
   * @throws io.genrec.api.GenRecException {@code [GR/NothingToDraw]} if no row has events
   */
  @Override
  public Sampler create(PopularityConfig config, SamplerContext context) {
    return PopularitySampler.of(config, context);
  }
}
