package io.genrec.data.sampling;

import io.genrec.api.training.Sampler;
import io.genrec.api.training.SamplerContext;
import io.genrec.api.training.SamplerFactory;
import org.apiguardian.api.API;

/**
 * Makes {@code in-batch}: the distinct targets of the logical batch, all alike, each draw
 * independent of the others. A target that stands twice is no likelier than others. Rows that are
 * no target have chance 0; a batch without targets cannot be drawn for ({@code
 * [GR/NothingToDraw]}).
 */
@API(status = API.Status.STABLE, since = "0.1")
public final class InBatchFactory implements SamplerFactory<InBatchConfig> {
  @Override
  public String name() {
    return "in-batch";
  }

  @Override
  public Class<InBatchConfig> configType() {
    return InBatchConfig.class;
  }

  @Override
  public Sampler create(InBatchConfig config, SamplerContext context) {
    return new InBatchSampler(config);
  }
}
