package io.genrec.engine.storage;

import java.util.List;
import java.util.stream.LongStream;
import org.apiguardian.api.API;

/**
 * What a stored tensor is, without its values.
 *
 * @param name its stable path, for example {@code hstu/layer0/uvqk}
 * @param type its element type
 * @param shape its dimensions, outermost first; empty for a scalar
 */
@API(status = API.Status.STABLE, since = "0.1")
public record TensorInfo(String name, StoredType type, List<Long> shape) {
  /**
   * Checks the shape.
   *
   * @throws IllegalArgumentException for a negative dimension or a size above 2^63 bytes
   */
  public TensorInfo {
    shape = List.copyOf(shape);
    size(name, type, shape);
  }

  /** The same from plain dimensions. */
  public static TensorInfo of(String name, StoredType type, long... shape) {
    return new TensorInfo(name, type, LongStream.of(shape).boxed().toList());
  }

  /** The size of all values in bytes. */
  public long bytes() {
    return size(name, type, shape);
  }

  /** The number of values. */
  public long elements() {
    return bytes() / type.bytes();
  }

  /** The dimensions as ONNX Runtime takes them. */
  public long[] dimensions() {
    return shape.stream().mapToLong(Long::longValue).toArray();
  }

  private static long size(String name, StoredType type, List<Long> shape) {
    long size = type.bytes();
    try {
      for (long dimension : shape) {
        if (dimension < 0) {
          throw new IllegalArgumentException(
              "tensor \"" + name + "\": negative dimension in shape " + shape);
        }
        size = Math.multiplyExact(size, dimension);
      }
    } catch (ArithmeticException e) {
      throw new IllegalArgumentException(
          "tensor \"" + name + "\": shape " + shape + " is more than 2^63 bytes", e);
    }
    return size;
  }
}
