package io.genrec.api.encoder;

import io.genrec.api.graph.Tensor;
import io.genrec.api.sequence.TokenContext;
import java.util.Map;
import org.apiguardian.api.API;

/** From what an encoder gives to named predictions of each token. */
@API(status = API.Status.STABLE, since = "0.1")
public interface Head {
  /**
   * Predictions by name, token by token: no token's prediction may depend on another's output.
   *
   * @param outputs what the encoder gives: real {@code [batch, tokens, dim]}
   * @param tokens the same tokens; in training and evaluation those alone of which an outcome
   *     counts, with padding behind them and without {@link TokenContext#pairs}
   * @return real {@code [batch, tokens]} logits by name, in a fixed order
   */
  Map<String, Tensor> predictions(Tensor outputs, TokenContext tokens);
}
