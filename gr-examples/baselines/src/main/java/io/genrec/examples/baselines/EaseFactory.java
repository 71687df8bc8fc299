package io.genrec.examples.baselines;

import io.genrec.api.inference.Baseline;
import io.genrec.api.inference.BaselineFactory;

/** Makes embarrassingly shallow autoencoders, named {@code ease}. */
public final class EaseFactory implements BaselineFactory<EaseConfig> {
  @Override
  public String name() {
    return "ease";
  }

  @Override
  public Class<EaseConfig> configType() {
    return EaseConfig.class;
  }

  @Override
  public Baseline create(EaseConfig config) {
    return new Ease(config);
  }
}
