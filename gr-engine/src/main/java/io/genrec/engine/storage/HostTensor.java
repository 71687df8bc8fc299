package io.genrec.engine.storage;

import io.genrec.api.graph.ElementType;
import io.genrec.api.sequence.Batch.Column;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.nio.LongBuffer;
import java.nio.channels.WritableByteChannel;
import org.apiguardian.api.API;

/**
 * A tensor whose values lie in host memory, below 2 GiB.
 *
 * @param info its name, type and shape
 * @param data its values between position and limit, row-major, little-endian; best direct, which
 *     ONNX Runtime and files take without a copy
 */
@API(status = API.Status.STABLE, since = "0.1")
public record HostTensor(TensorInfo info, ByteBuffer data) implements TensorSource {
  /**
   * Wraps values without copying them.
   *
   * @throws IllegalArgumentException if the buffer's size is not the tensor's or it is big-endian
   */
  public HostTensor {
    if (data.remaining() != info.bytes()) {
      throw new IllegalArgumentException(
          info + " needs " + info.bytes() + " bytes, the buffer has " + data.remaining());
    }
    if (data.order() != ByteOrder.LITTLE_ENDIAN) {
      throw new IllegalArgumentException(info + " needs a little-endian buffer");
    }
    data = data.slice().order(ByteOrder.LITTLE_ENDIAN);
  }

  /**
   * A tensor of zeros in direct memory.
   *
   * @throws IllegalArgumentException if it has 2 GiB or more
   */
  public static HostTensor zeros(TensorInfo info) {
    if (info.bytes() > Integer.MAX_VALUE) {
      throw new IllegalArgumentException(info + " does not fit one buffer: read it in pieces");
    }
    return new HostTensor(
        info, ByteBuffer.allocateDirect((int) info.bytes()).order(ByteOrder.LITTLE_ENDIAN));
  }

  /** A float32 tensor with copied values. */
  public static HostTensor of(String name, float[] values, long... shape) {
    HostTensor tensor = zeros(TensorInfo.of(name, StoredType.F32, shape));
    tensor.floats().put(values);
    return tensor;
  }

  /** An int64 tensor with copied values. */
  public static HostTensor of(String name, long[] values, long... shape) {
    HostTensor tensor = zeros(TensorInfo.of(name, StoredType.I64, shape));
    tensor.longs().put(values);
    return tensor;
  }

  /** A column's values, shared. */
  public static HostTensor of(String name, Column column) {
    StoredType type = column.element() == ElementType.FLOAT ? StoredType.F32 : StoredType.I64;
    return new HostTensor(
        TensorInfo.of(name, type, column.size()),
        column.bytes().duplicate().order(column.bytes().order()));
  }

  /** The values as a column, shared. */
  public Column column() {
    ElementType element = info.type() == StoredType.F32 ? ElementType.FLOAT : ElementType.INT64;
    return new Column(element, info.dimensions(), data());
  }

  /** The values, shared, with a position of the caller's own. */
  @Override
  public ByteBuffer data() {
    return data.duplicate().order(ByteOrder.LITTLE_ENDIAN);
  }

  /** The values of a float32 tensor, shared. */
  public FloatBuffer floats() {
    require(StoredType.F32);
    return data().asFloatBuffer();
  }

  /** The values of an int64 tensor, shared. */
  public LongBuffer longs() {
    require(StoredType.I64);
    return data().asLongBuffer();
  }

  @Override
  public void writeTo(WritableByteChannel out) throws IOException {
    ByteBuffer rest = data();
    while (rest.hasRemaining()) {
      out.write(rest);
    }
  }

  private void require(StoredType type) {
    if (info.type() != type) {
      throw new IllegalStateException(info + " has no " + type + " values");
    }
  }
}
