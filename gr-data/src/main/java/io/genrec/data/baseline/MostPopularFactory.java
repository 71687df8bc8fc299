package io.genrec.data.baseline;

import io.genrec.api.inference.Baseline;
import io.genrec.api.inference.BaselineFactory;
import org.apiguardian.api.API;

/** Makes {@link MostPopular}, named {@code most-popular}. */
@API(status = API.Status.STABLE, since = "0.1")
public final class MostPopularFactory implements BaselineFactory<MostPopularConfig> {
  @Override
  public String name() {
    return "most-popular";
  }

  @Override
  public Class<MostPopularConfig> configType() {
    return MostPopularConfig.class;
  }

  @Override
  public Baseline create(MostPopularConfig config) {
    return new MostPopular();
  }
}
