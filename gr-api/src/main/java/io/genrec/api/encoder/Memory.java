package io.genrec.api.encoder;

import io.genrec.api.graph.Tensor;
import java.util.LinkedHashMap;
import java.util.Map;
import org.apiguardian.api.API;

/**
 * What tokens offer to others, token-major: named tensors {@code [batch, length, heads, dim]}.
 * Exactly this is cached.
 *
 * @param tensors by name, in a fixed order
 */
@API(status = API.Status.STABLE, since = "0.1")
public record Memory(Map<String, Tensor> tensors) {
  /** The usual name of keys. */
  public static final String KEY = "key";

  /** The usual name of values. */
  public static final String VALUE = "value";

  /** Copies the map, keeping its order. */
  public Memory {
    tensors = java.util.Collections.unmodifiableMap(new LinkedHashMap<>(tensors));
  }

  /** Keys and values. */
  public static Memory of(Tensor key, Tensor value) {
    Map<String, Tensor> tensors = new LinkedHashMap<>();
    tensors.put(KEY, key);
    tensors.put(VALUE, value);
    return new Memory(tensors);
  }

  /** A tensor by name. */
  public Tensor get(String name) {
    Tensor tensor = tensors.get(name);
    if (tensor == null) {
      throw new IllegalArgumentException(
          "the memory has no \"" + name + "\" but " + tensors.keySet());
    }
    return tensor;
  }

  /** The keys. */
  public Tensor key() {
    return get(KEY);
  }

  /** The values. */
  public Tensor value() {
    return get(VALUE);
  }
}
