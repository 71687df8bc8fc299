package io.genrec.api.encoder;

import io.genrec.api.graph.Tensor;
import io.genrec.api.sequence.TokenContext;
import java.util.Map;
import org.apiguardian.api.API;

/** From an encoder's outputs to named predictions, for models that rank. */
@API(status = API.Status.STABLE, since = "0.1")
public interface Head {
  /**
   * A prediction for each token, by the name of what is predicted: real {@code [batch, length]},
   * logits for what happens or not.
   *
   * @param outputs the encoder's outputs: real {@code [batch, length, dim]}
   */
  Map<String, Tensor> predictions(Tensor outputs, TokenContext tokens);
}
