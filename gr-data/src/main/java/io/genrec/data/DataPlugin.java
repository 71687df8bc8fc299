package io.genrec.data;

import io.genrec.api.inference.BaselineFactory;
import io.genrec.api.plugin.Plugin;
import io.genrec.api.task.TaskFactory;
import io.genrec.api.training.SamplerFactory;
import io.genrec.data.baseline.MostPopularFactory;
import io.genrec.data.sampling.InBatchFactory;
import io.genrec.data.sampling.PopularityFactory;
import io.genrec.data.sampling.UniformFactory;
import io.genrec.data.task.ChunkRankingFactory;
import io.genrec.data.task.InterleavedRankingFactory;
import io.genrec.data.task.NextItemFactory;
import java.util.List;
import org.apiguardian.api.API;

/**
 * Brings the tasks {@code next-item}, {@code ranking-interleaved} and {@code ranking}, the samplers
 * and the baseline {@code most-popular}.
 */
@API(status = API.Status.STABLE, since = "0.1")
public final class DataPlugin implements Plugin {
  @Override
  public List<TaskFactory<?>> tasks() {
    return List.of(
        new NextItemFactory(), new InterleavedRankingFactory(), new ChunkRankingFactory());
  }

  @Override
  public List<SamplerFactory<?>> samplers() {
    return List.of(new UniformFactory(), new InBatchFactory(), new PopularityFactory());
  }

  @Override
  public List<BaselineFactory<?>> baselines() {
    return List.of(new MostPopularFactory());
  }
}
