package io.genrec.falcon;

import io.genrec.api.inference.InferenceStrategyFactory;
import io.genrec.api.plugin.Plugin;
import java.util.List;
import org.apiguardian.api.API;

/** Brings the inference strategies {@code full}, {@code batched} and {@code m-falcon}. */
@API(status = API.Status.STABLE, since = "0.1")
public final class FalconPlugin implements Plugin {
  @Override
  public List<InferenceStrategyFactory<?>> strategies() {
    return List.of(new Full(), new Batched(), new MFalcon());
  }
}
