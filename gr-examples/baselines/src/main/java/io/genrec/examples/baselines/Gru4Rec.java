package io.genrec.examples.baselines;

import io.genrec.api.encoder.EncoderFactory;
import io.genrec.api.encoder.SequenceEncoder;
import io.genrec.api.graph.Scope;
import io.genrec.api.sequence.Schema;

/**
 * Makes GRU4Rec encoders (arXiv 1511.06939): {@code "encoder": {"name": "gru4rec", "layers": 1}}.
 */
public final class Gru4Rec implements EncoderFactory<Gru4RecConfig> {
  @Override
  public String name() {
    return "gru4rec";
  }

  @Override
  public Class<Gru4RecConfig> configType() {
    return Gru4RecConfig.class;
  }

  @Override
  public SequenceEncoder create(Gru4RecConfig config, Scope scope, Schema schema) {
    return new Gru4RecEncoder(config, scope, schema);
  }
}
