package io.genrec.examples.baselines;

import io.genrec.api.encoder.EncoderFactory;
import io.genrec.api.encoder.SequenceEncoder;
import io.genrec.api.graph.Scope;
import io.genrec.api.sequence.Schema;

/**
 * Makes Deep Interest Network encoders (arXiv 1706.06978): {@code "encoder": {"name": "din"}}.
 *
 * <p>For tasks that ask about candidates: a token's output knows the token itself, so there is
 * nothing to learn when it is to predict the next one.
 */
public final class Din implements EncoderFactory<DinConfig> {
  @Override
  public String name() {
    return "din";
  }

  @Override
  public Class<DinConfig> configType() {
    return DinConfig.class;
  }

  @Override
  public SequenceEncoder create(DinConfig config, Scope scope, Schema schema) {
    return new DinEncoder(config, scope, schema);
  }
}
