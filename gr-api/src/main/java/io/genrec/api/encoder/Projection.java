package io.genrec.api.encoder;

import io.genrec.api.graph.Tensor;
import java.util.Map;
import org.apiguardian.api.API;

/**
 * What a block computes of each token by itself.
 *
 * @param queries {@code [batch, length, heads, dim]}
 * @param memory what other tokens may read, and a cache stores
 * @param carry what the block's transform needs again, by name
 */
@API(status = API.Status.STABLE, since = "0.1")
public record Projection(Tensor queries, Memory memory, Map<String, Tensor> carry) {
  /** Copies the map. */
  public Projection {
    carry = Map.copyOf(carry);
  }

  /** A tensor that {@code project} carried over. */
  public Tensor carried(String name) {
    Tensor tensor = carry.get(name);
    if (tensor == null) {
      throw new IllegalArgumentException(
          "the projection carries no \"" + name + "\" but " + carry.keySet());
    }
    return tensor;
  }
}
