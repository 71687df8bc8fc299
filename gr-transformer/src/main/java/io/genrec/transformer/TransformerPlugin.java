package io.genrec.transformer;

import io.genrec.api.encoder.EncoderFactory;
import io.genrec.api.plugin.Plugin;
import java.util.List;
import org.apiguardian.api.API;

/** Brings the encoders {@code sasrec} and {@code llama}. */
@API(status = API.Status.STABLE, since = "0.1")
public final class TransformerPlugin implements Plugin {
  @Override
  public List<EncoderFactory<?>> encoders() {
    return List.of(new Sasrec(), new Llama());
  }
}
