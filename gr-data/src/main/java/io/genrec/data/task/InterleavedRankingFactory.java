package io.genrec.data.task;

import io.genrec.api.sequence.Schema;
import io.genrec.api.task.Task;
import io.genrec.api.task.TaskFactory;
import org.apiguardian.api.API;

/** Makes {@link InterleavedRanking}, named {@code ranking-interleaved}. */
@API(status = API.Status.STABLE, since = "0.1")
public final class InterleavedRankingFactory implements TaskFactory<InterleavedRanking.Config> {
  @Override
  public String name() {
    return "ranking-interleaved";
  }

  @Override
  public Class<InterleavedRanking.Config> configType() {
    return InterleavedRanking.Config.class;
  }

  @Override
  public Task create(InterleavedRanking.Config config, Schema schema) {
    return new InterleavedRanking(config, schema);
  }
}
