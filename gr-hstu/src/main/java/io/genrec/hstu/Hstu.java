package io.genrec.hstu;

import io.genrec.api.encoder.EncoderFactory;
import io.genrec.api.encoder.SequenceEncoder;
import io.genrec.api.graph.Scope;
import io.genrec.api.sequence.Schema;
import org.apiguardian.api.API;

/** Makes research HSTU encoders: {@code "encoder": {"name": "hstu", "blocks": 2, "heads": 1}}. */
@API(status = API.Status.STABLE, since = "0.1")
public final class Hstu implements EncoderFactory<HstuConfig> {
  @Override
  public String name() {
    return "hstu";
  }

  @Override
  public Class<HstuConfig> configType() {
    return HstuConfig.class;
  }

  @Override
  public SequenceEncoder create(HstuConfig config, Scope scope, Schema schema) {
    return new HstuEncoder(config, scope, schema);
  }
}
