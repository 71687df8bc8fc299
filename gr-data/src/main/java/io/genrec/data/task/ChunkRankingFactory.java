package io.genrec.data.task;

import io.genrec.api.sequence.Schema;
import io.genrec.api.task.Task;
import io.genrec.api.task.TaskFactory;
import org.apiguardian.api.API;

/** Makes {@link ChunkRanking}, named {@code ranking}. */
@API(status = API.Status.STABLE, since = "0.1")
public final class ChunkRankingFactory implements TaskFactory<ChunkRanking.Config> {
  @Override
  public String name() {
    return "ranking";
  }

  @Override
  public Class<ChunkRanking.Config> configType() {
    return ChunkRanking.Config.class;
  }

  @Override
  public Task create(ChunkRanking.Config config, Schema schema) {
    return new ChunkRanking(config, schema);
  }
}
