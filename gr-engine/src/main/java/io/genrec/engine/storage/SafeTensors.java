package io.genrec.engine.storage;

import io.genrec.api.GenRecException;
import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Collection;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import org.apiguardian.api.API;

/**
 * A tensor file in the safetensors format, open for reading. Opening reads and checks the header
 * only; values are read when asked for, into the caller's memory. Thread-safe.
 *
 * <p>Source: the safetensors format description, "Format" (header length, JSON header, byte buffer
 * without holes).
 */
@API(status = API.Status.STABLE, since = "0.1")
public final class SafeTensors implements Closeable {
  private static final int CHUNK_BYTES = 1 << 20;

  private final Path file;
  private final FileChannel channel;
  private final SafeTensorsHeader header;

  private SafeTensors(Path file, FileChannel channel, SafeTensorsHeader header) {
    this.file = file;
    this.channel = channel;
    this.header = header;
  }

  /**
   * Opens a file and checks its header against its size.
   *
   * @param file the file
   * @throws GenRecException {@code CorruptTensors} if the header is not valid or does not fit the
   *     file's size, {@code ReadFailed} if the file cannot be read
   */
  public static SafeTensors open(Path file) {
    try {
      FileChannel channel = FileChannel.open(file, StandardOpenOption.READ);
      boolean opened = false;
      try {
        SafeTensors tensors = new SafeTensors(file, channel, SafeTensorsHeader.read(file, channel));
        opened = true;
        return tensors;
      } finally {
        if (!opened) {
          channel.close();
        }
      }
    } catch (IOException e) {
      throw TensorErrors.unreadable(file, e);
    }
  }

  /** The tensors, in the order of their bytes in the file. */
  public List<TensorInfo> tensors() {
    return header.entries().values().stream().map(SafeTensorsHeader.Entry::info).toList();
  }

  /** The texts stored beside the tensors. */
  public Map<String, String> metadata() {
    return Collections.unmodifiableMap(header.metadata());
  }

  /** Whether the file has a tensor of this name. */
  public boolean contains(String name) {
    return header.entries().containsKey(name);
  }

  /**
   * What a tensor is.
   *
   * @throws GenRecException {@code UnknownTensor} if the file has none of this name
   */
  public TensorInfo info(String name) {
    return entry(name).info();
  }

  /**
   * Reads a part of a tensor's bytes (little-endian) into a buffer, from its position to its limit.
   *
   * @param name the tensor
   * @param offset the first byte within the tensor
   * @param into where to; a direct buffer is filled without a copy
   * @throws GenRecException {@code UnknownTensor}; {@code CorruptTensors} if the file has been cut
   *     since it was opened; {@code ReadFailed}
   * @throws IndexOutOfBoundsException if the part is not within the tensor
   */
  public void read(String name, long offset, ByteBuffer into) {
    SafeTensorsHeader.Entry entry = entry(name);
    checkPart(entry.info(), offset, into.remaining(), entry.info().bytes());
    readAt(header.dataStart() + entry.begin() + offset, into);
  }

  /**
   * Reads a part of a float32 tensor into a buffer, from its position to its limit.
   *
   * @param name the tensor
   * @param first the first element, in row-major order
   * @param into where to
   * @throws GenRecException {@code WrongTensor} if the tensor is not float32; otherwise as {@link
   *     #read(String, long, ByteBuffer)}
   * @throws IndexOutOfBoundsException if the part is not within the tensor
   */
  public void readFloats(String name, long first, FloatBuffer into) {
    SafeTensorsHeader.Entry entry = entry(name);
    if (entry.info().type() != StoredType.F32) {
      throw new GenRecException(
          "WrongTensor",
          "tensor \""
              + name
              + "\" of "
              + file
              + ": expected F32, found "
              + entry.info().type()
              + "; read its bytes and convert them");
    }
    checkPart(entry.info(), first, into.remaining(), entry.info().elements());
    long at = header.dataStart() + entry.begin() + first * Float.BYTES;
    long bytes = (long) into.remaining() * Float.BYTES;
    ByteBuffer chunk = ByteBuffer.allocateDirect((int) Math.min(CHUNK_BYTES, bytes));
    chunk.order(ByteOrder.LITTLE_ENDIAN);
    for (long done = 0; done < bytes; done += chunk.limit()) {
      chunk.clear().limit((int) Math.min(chunk.capacity(), bytes - done));
      readAt(at + done, chunk);
      into.put(chunk.flip().asFloatBuffer());
    }
  }

  /**
   * Reads a whole tensor below 2 GiB into direct memory of its own.
   *
   * @throws GenRecException as {@link #read(String, long, ByteBuffer)}
   * @throws IllegalArgumentException if it has 2 GiB or more: read it in pieces
   */
  public HostTensor read(String name) {
    HostTensor tensor = HostTensor.zeros(info(name));
    read(name, 0, tensor.data());
    return tensor;
  }

  /** Closes the file. */
  @Override
  public void close() {
    try {
      channel.close();
    } catch (IOException e) {
      throw TensorErrors.unreadable(file, e);
    }
  }

  private SafeTensorsHeader.Entry entry(String name) {
    SafeTensorsHeader.Entry entry = header.entries().get(name);
    if (entry == null) {
      Collection<String> known = header.entries().keySet();
      throw new GenRecException(
          "UnknownTensor",
          "no tensor \"" + name + "\" in " + file + "; " + GenRecException.knownNames(name, known));
    }
    return entry;
  }

  private static void checkPart(TensorInfo info, long first, long count, long all) {
    if (first < 0 || count > all - first) {
      throw new IndexOutOfBoundsException(
          info + ": part [" + first + ", " + (first + count) + ") is not within [0, " + all + ")");
    }
  }

  private void readAt(long at, ByteBuffer into) {
    int limit = into.limit();
    long position = at;
    try {
      while (into.position() < limit) {
        // The JDK copies through a direct buffer as large as a heap buffer's remaining part.
        into.limit(into.position() + Math.min(CHUNK_BYTES, limit - into.position()));
        int read = channel.read(into, position);
        if (read < 0) {
          throw TensorErrors.corrupt(
              file, "expected more than " + position + " bytes, found its end");
        }
        position += read;
      }
    } catch (IOException e) {
      throw TensorErrors.unreadable(file, e);
    } finally {
      into.limit(limit);
    }
  }
}
