package io.genrec.falcon;

import io.genrec.api.inference.InferenceStrategy;
import io.genrec.api.inference.InferenceStrategyFactory;
import io.genrec.api.inference.ScoringModel;
import org.apiguardian.api.API;

/**
 * M-FALCON (arXiv 2402.17152, section 3.4): the history once, its memory kept per layer, then
 * ceil(m / b_m) micro-batches of candidates. {@code {"name": "m-falcon", "microBatch": 128}}.
 *
 * <p>Memory is kept under a request's user. A request with the same history finds it; one with more
 * events computes those only; another past is computed anew. If the last tokens depend on the
 * request's time ({@link ScoringModel#lastIsComputedAgain}), they are computed for each request.
 *
 * <p>Of a model that predicts items it gives users' vectors: the last token is computed after what
 * is kept of those before it.
 */
@API(status = API.Status.STABLE, since = "0.1")
public final class MFalcon implements InferenceStrategyFactory<MFalconConfig> {
  @Override
  public String name() {
    return "m-falcon";
  }

  @Override
  public Class<MFalconConfig> configType() {
    return MFalconConfig.class;
  }

  /**
   * A strategy.
   *
   * @throws io.genrec.api.GenRecException {@code [GR/NotCacheable]} if the encoder is not made of
   *     blocks or declares that nothing of it can be cached; for a model that predicts items also
   *     if what is kept changes with later events; {@code [GR/OverBudget]}; {@code
   *     [GR/WriteFailed]} or {@code [GR/FolderInUse]} for a folder on the disk that it cannot have
   * @throws IllegalArgumentException for half precision with a model of 64-bit reals
   */
  @Override
  public InferenceStrategy create(MFalconConfig config, ScoringModel model) {
    return new MFalconStrategy(config, model);
  }
}
