package io.genrec.transformer;

import io.genrec.api.encoder.EncoderFactory;
import io.genrec.api.encoder.SequenceEncoder;
import io.genrec.api.graph.Scope;
import io.genrec.api.sequence.Schema;
import org.apiguardian.api.API;

/** Makes encoders of the Llama form: {@code "encoder": {"name": "llama", "blocks": 4}}. */
@API(status = API.Status.STABLE, since = "0.1")
public final class Llama implements EncoderFactory<LlamaConfig> {
  @Override
  public String name() {
    return "llama";
  }

  @Override
  public Class<LlamaConfig> configType() {
    return LlamaConfig.class;
  }

  /**
   * Declares the parameters in the scope and gives the encoder.
   *
   * @throws IllegalArgumentException if the heads do not divide the width of the item's embedding,
   *     a head's width is odd, or a further feature has another width
   */
  @Override
  public SequenceEncoder create(LlamaConfig config, Scope scope, Schema schema) {
    return new LlamaEncoder(config, scope, schema);
  }
}
