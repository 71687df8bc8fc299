package io.genrec.engine.loss;

import io.genrec.api.plugin.Plugin;
import io.genrec.api.training.LossFactory;
import java.util.List;
import org.apiguardian.api.API;

/** Brings the losses {@code sampled-softmax}, {@code full-softmax} and {@code multitask}. */
@API(status = API.Status.STABLE, since = "0.1")
public final class LossPlugin implements Plugin {
  @Override
  public List<LossFactory<?>> losses() {
    return List.of(new SampledSoftmax(), new FullSoftmax(), new Multitask());
  }
}
