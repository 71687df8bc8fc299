package io.genrec.hstu;

import io.genrec.api.encoder.EncoderFactory;
import io.genrec.api.plugin.Plugin;
import java.util.List;
import org.apiguardian.api.API;

/** Brings the encoders {@code hstu} and {@code stu}. */
@API(status = API.Status.STABLE, since = "0.1")
public final class HstuPlugin implements Plugin {
  @Override
  public List<EncoderFactory<?>> encoders() {
    return List.of(new Hstu(), new Stu());
  }
}
