package io.genrec.transformer;

import io.genrec.api.encoder.EncoderFactory;
import io.genrec.api.encoder.SequenceEncoder;
import io.genrec.api.graph.Scope;
import io.genrec.api.sequence.Schema;
import org.apiguardian.api.API;

/** Makes SASRec encoders: {@code "encoder": {"name": "sasrec", "blocks": 2, "heads": 1}}. */
@API(status = API.Status.STABLE, since = "0.1")
public final class Sasrec implements EncoderFactory<SasrecConfig> {
  @Override
  public String name() {
    return "sasrec";
  }

  @Override
  public Class<SasrecConfig> configType() {
    return SasrecConfig.class;
  }

  /**
   * Declares the parameters in the scope and gives the encoder.
   *
   * @throws IllegalArgumentException if the heads do not divide the width of the item's embedding
   */
  @Override
  public SequenceEncoder create(SasrecConfig config, Scope scope, Schema schema) {
    return new SasrecEncoder(config, scope, schema);
  }
}
