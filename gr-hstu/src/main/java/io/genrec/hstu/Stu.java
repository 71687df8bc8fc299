package io.genrec.hstu;

import io.genrec.api.encoder.EncoderFactory;
import io.genrec.api.encoder.SequenceEncoder;
import io.genrec.api.graph.Scope;
import io.genrec.api.sequence.Schema;
import org.apiguardian.api.API;

/**
 * Makes encoders of HSTU's production form: {@code "encoder": {"name": "stu", "blocks": 3, "heads":
 * 2}}.
 */
@API(status = API.Status.STABLE, since = "0.1")
public final class Stu implements EncoderFactory<StuConfig> {
  @Override
  public String name() {
    return "stu";
  }

  @Override
  public Class<StuConfig> configType() {
    return StuConfig.class;
  }

  /**
   * {@inheritDoc}
   *
   * @throws io.genrec.api.GenRecException {@code [GR/InvalidValue]} if {@code lastTokens} is not
   *     below the longest history
   */
  @Override
  public SequenceEncoder create(StuConfig config, Scope scope, Schema schema) {
    return new StuEncoder(config, scope, schema);
  }
}
