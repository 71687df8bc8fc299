package io.genrec.api.encoder;

import io.genrec.api.graph.Tensor;
import io.genrec.api.sequence.TokenContext;
import org.apiguardian.api.API;

/**
 * From what tokens carry to one vector for each, before anything of an encoder: so that all
 * encoders see the same inputs. Per token: it looks at no other.
 */
@API(status = API.Status.STABLE, since = "0.1")
public interface TokenEmbedding {
  /** One vector for each token: real {@code [batch, length, dim]}. */
  Tensor embed(TokenContext tokens);
}
