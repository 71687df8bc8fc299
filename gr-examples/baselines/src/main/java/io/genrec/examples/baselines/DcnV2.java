package io.genrec.examples.baselines;

import io.genrec.api.encoder.EncoderFactory;
import io.genrec.api.encoder.SequenceEncoder;
import io.genrec.api.graph.Scope;
import io.genrec.api.sequence.Schema;

/**
 * Makes DCN-v2 encoders (arXiv 2008.13535): {@code "encoder": {"name": "dcn-v2", "crosses": 3}}.
 *
 * <p>For tasks that ask about candidates: a token's output knows the token itself, so there is
 * nothing to learn when it is to predict the next one.
 */
public final class DcnV2 implements EncoderFactory<DcnV2Config> {
  @Override
  public String name() {
    return "dcn-v2";
  }

  @Override
  public Class<DcnV2Config> configType() {
    return DcnV2Config.class;
  }

  @Override
  public SequenceEncoder create(DcnV2Config config, Scope scope, Schema schema) {
    return new DcnV2Encoder(config, scope, schema);
  }
}
