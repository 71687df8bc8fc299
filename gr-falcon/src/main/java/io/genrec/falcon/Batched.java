package io.genrec.falcon;

import io.genrec.api.inference.InferenceStrategy;
import io.genrec.api.inference.InferenceStrategyFactory;
import io.genrec.api.inference.ScoringModel;
import org.apiguardian.api.API;

/**
 * The history and b_m candidates in one pass, in which candidates do not see each other; nothing is
 * kept. {@code {"name": "batched", "microBatch": 1024}}.
 */
@API(status = API.Status.STABLE, since = "0.1")
public final class Batched implements InferenceStrategyFactory<BatchedConfig> {
  @Override
  public String name() {
    return "batched";
  }

  @Override
  public Class<BatchedConfig> configType() {
    return BatchedConfig.class;
  }

  /**
   * A strategy.
   *
   * @throws io.genrec.api.GenRecException {@code [GR/CandidatesMeet]} if the encoder lets a
   *     candidate's score depend on the others: it is tried out
   */
  @Override
  public InferenceStrategy create(BatchedConfig config, ScoringModel model) {
    OnePassStrategy strategy =
        new OnePassStrategy(model, config.microBatch(), Numbers.workers(config.workers()));
    try {
      strategy.requireIndependentCandidates();
      return strategy;
    } catch (RuntimeException | Error e) {
      strategy.close();
      throw e;
    }
  }
}
