package io.genrec.examples.baselines;

import io.genrec.api.encoder.EncoderFactory;
import io.genrec.api.encoder.SequenceEncoder;
import io.genrec.api.graph.Scope;
import io.genrec.api.sequence.Schema;

/**
 * Makes FuXi-alpha encoders (arXiv 2502.03036): {@code "encoder": {"name": "fuxi-alpha", "blocks":
 * 2}}.
 */
public final class FuxiAlpha implements EncoderFactory<FuxiAlphaConfig> {
  @Override
  public String name() {
    return "fuxi-alpha";
  }

  @Override
  public Class<FuxiAlphaConfig> configType() {
    return FuxiAlphaConfig.class;
  }

  @Override
  public SequenceEncoder create(FuxiAlphaConfig config, Scope scope, Schema schema) {
    return new FuxiAlphaEncoder(config, scope, schema);
  }
}
