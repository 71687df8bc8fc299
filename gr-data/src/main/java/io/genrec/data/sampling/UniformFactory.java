package io.genrec.data.sampling;

import io.genrec.api.training.Sampler;
import io.genrec.api.training.SamplerContext;
import io.genrec.api.training.SamplerFactory;
import org.apiguardian.api.API;

/**
 * Makes {@code uniform}: every row of the vocabulary alike, each draw independent of the others, so
 * that a row may come twice or be the target (the published research models' "local" sampler).
 */
@API(status = API.Status.STABLE, since = "0.1")
public final class UniformFactory implements SamplerFactory<UniformConfig> {
  @Override
  public String name() {
    return "uniform";
  }

  @Override
  public Class<UniformConfig> configType() {
    return UniformConfig.class;
  }

  /**
   * {@inheritDoc}
   *
   * @throws io.genrec.api.GenRecException {@code [GR/NothingToDraw]} if there are no rows
   */
  @Override
  public Sampler create(UniformConfig config, SamplerContext context) {
    return new UniformSampler(config, context.rows());
  }
}
