package io.genrec.api.encoder;

import io.genrec.api.graph.Scope;
import io.genrec.api.sequence.Schema;
import org.apiguardian.api.API;

/**
 * Makes encoders of one kind. Stateless and thread-safe.
 *
 * @param <C> the configuration, a record that checks its own values
 */
@API(status = API.Status.STABLE, since = "0.1")
public interface EncoderFactory<C extends Record> {
  /** The name in configurations and bundles, for example {@code hstu}. */
  String name();

  /** The configuration's type. */
  Class<C> configType();

  /**
   * Declares the parameters in the scope and gives the encoder.
   *
   * @param schema what tokens carry, and how many there may be
   * @throws IllegalArgumentException if the configuration does not fit the schema; whoever asks is
   *     told which configuration that is, as {@code [GR/InvalidValue]}
   */
  SequenceEncoder create(C config, Scope scope, Schema schema);

  /** The version of the maths; a bundle made by another version is refused. */
  default int specVersion() {
    return 1;
  }
}
