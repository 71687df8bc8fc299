package io.genrec.engine.storage;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import io.genrec.api.GenRecException;
import io.genrec.api.storage.AtomicFile;
import io.genrec.api.storage.IfExists;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.WritableByteChannel;
import java.nio.file.Path;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.apiguardian.api.API;

/**
 * Writes tensor files in the safetensors format. Values are streamed. The same tensors give the
 * same bytes whatever their order: the widest element types come first, then names in order, and
 * the data start at a multiple of 8 bytes, so every tensor is aligned to its elements.
 */
@API(status = API.Status.STABLE, since = "0.1")
public final class SafeTensorsWriter {
  private static final JsonFactory JSON = new JsonFactory();

  private SafeTensorsWriter() {}

  /**
   * Writes a file, all or nothing.
   *
   * @param file where to
   * @param ifExists what to do if it is there already
   * @param metadata texts to store beside the tensors
   * @param tensors the tensors, with different names
   * @throws GenRecException {@code OutputExists}; {@code WriteFailed}; {@code DuplicateTensor}
   */
  public static void write(
      Path file,
      IfExists ifExists,
      Map<String, String> metadata,
      Collection<? extends TensorSource> tensors) {
    try (AtomicFile out = AtomicFile.create(file, ifExists)) {
      write(out.channel(), metadata, tensors);
      out.commit();
    } catch (IOException e) {
      throw new GenRecException("WriteFailed", "cannot write " + file + ": " + e, e);
    }
  }

  /**
   * Writes to a channel.
   *
   * @param out where to; stays open
   * @param metadata texts to store beside the tensors
   * @param tensors the tensors, with different names
   * @throws IOException if the channel fails
   * @throws GenRecException {@code DuplicateTensor} for two tensors of one name, {@code
   *     WriteFailed} if a tensor gives more or fewer bytes than its shape says
   */
  public static void write(
      WritableByteChannel out,
      Map<String, String> metadata,
      Collection<? extends TensorSource> tensors)
      throws IOException {
    List<TensorSource> ordered = ordered(tensors);
    CountingChannel counted = new CountingChannel(out);
    counted.write(header(metadata, ordered));
    for (TensorSource tensor : ordered) {
      long before = counted.bytes();
      tensor.writeTo(counted);
      long written = counted.bytes() - before;
      if (written != tensor.info().bytes()) {
        throw new GenRecException(
            "WriteFailed",
            tensor.info()
                + ": expected "
                + tensor.info().bytes()
                + " bytes from its source, found "
                + written);
      }
    }
  }

  private static List<TensorSource> ordered(Collection<? extends TensorSource> tensors) {
    Set<String> names = new HashSet<>();
    for (TensorSource tensor : tensors) {
      String name = tensor.info().name();
      if (name.equals(SafeTensorsHeader.METADATA) || !names.add(name)) {
        throw new GenRecException(
            "DuplicateTensor", "tensor name \"" + name + "\" is taken; expected different names");
      }
    }
    return tensors.stream()
        .<TensorSource>map(tensor -> tensor)
        .sorted(
            Comparator.<TensorSource>comparingInt(tensor -> -tensor.info().type().bytes())
                .thenComparing(tensor -> tensor.info().name()))
        .toList();
  }

  private static ByteBuffer header(Map<String, String> metadata, List<TensorSource> tensors)
      throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (JsonGenerator json = JSON.createGenerator(bytes)) {
      json.writeStartObject();
      if (!metadata.isEmpty()) {
        json.writeObjectFieldStart(SafeTensorsHeader.METADATA);
        for (Map.Entry<String, String> text : new TreeMap<>(metadata).entrySet()) {
          json.writeStringField(text.getKey(), text.getValue());
        }
        json.writeEndObject();
      }
      long begin = 0;
      for (TensorSource tensor : tensors) {
        long end = Math.addExact(begin, tensor.info().bytes());
        entry(json, tensor.info(), begin, end);
        begin = end;
      }
      json.writeEndObject();
    }
    while (bytes.size() % Long.BYTES != 0) {
      bytes.write(' ');
    }
    if (bytes.size() > SafeTensorsHeader.MAX_BYTES) {
      throw new GenRecException(
          "WriteFailed",
          "names and metadata of "
              + tensors.size()
              + " tensors take "
              + bytes.size()
              + " bytes; a tensor file's header has at most "
              + SafeTensorsHeader.MAX_BYTES);
    }
    ByteBuffer header =
        ByteBuffer.allocate(SafeTensorsHeader.LENGTH_BYTES + bytes.size())
            .order(ByteOrder.LITTLE_ENDIAN);
    return header.putLong(bytes.size()).put(bytes.toByteArray()).flip();
  }

  private static void entry(JsonGenerator json, TensorInfo info, long begin, long end)
      throws IOException {
    json.writeObjectFieldStart(info.name());
    json.writeStringField("dtype", info.type().name());
    json.writeFieldName("shape");
    json.writeArray(info.dimensions(), 0, info.shape().size());
    json.writeFieldName("data_offsets");
    json.writeArray(new long[] {begin, end}, 0, 2);
    json.writeEndObject();
  }
}
