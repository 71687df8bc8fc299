package io.genrec.falcon;

import io.genrec.api.inference.InferenceStrategy;
import io.genrec.api.inference.InferenceStrategyFactory;
import io.genrec.api.inference.ScoringModel;
import org.apiguardian.api.API;

/**
 * One pass over the history for each candidate: the slow truth, for any encoder. {@code {"name":
 * "full"}}.
 */
@API(status = API.Status.STABLE, since = "0.1")
public final class Full implements InferenceStrategyFactory<FullConfig> {
  @Override
  public String name() {
    return "full";
  }

  @Override
  public Class<FullConfig> configType() {
    return FullConfig.class;
  }

  @Override
  public InferenceStrategy create(FullConfig config, ScoringModel model) {
    return new OnePassStrategy(model, 1, Numbers.workers(config.workers()));
  }

  /**
   * The most candidates that are scored by one run on one worker.
   *
   * @param tokens of a history and one candidate
   */
  public static int candidatesOfRun(int tokens) {
    return OnePassStrategy.sequences(tokens);
  }
}
