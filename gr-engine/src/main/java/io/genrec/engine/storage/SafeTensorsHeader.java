package io.genrec.engine.storage;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadFeature;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * The checked header of a tensor file: 8 bytes little-endian length, then JSON that maps a name to
 * {@code {"dtype", "shape", "data_offsets": [begin, end]}}, offsets counted from the end of the
 * header. The tensors cover the rest of the file without gap or overlap, in whatever order the JSON
 * names them.
 *
 * @param entries the tensors by name, in the order of their bytes
 * @param metadata the texts under {@code __metadata__}
 * @param dataStart where the tensors' bytes start in the file
 */
record SafeTensorsHeader(Map<String, Entry> entries, Map<String, String> metadata, long dataStart) {
  static final String METADATA = "__metadata__";

  /** The format's own limit; it bounds what a wrong length can make us allocate. */
  static final long MAX_BYTES = 100_000_000;

  static final int LENGTH_BYTES = 8;

  private static final JsonFactory JSON =
      JsonFactory.builder().enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION).build();

  /** A tensor and where its bytes are, counted from the end of the header. */
  record Entry(TensorInfo info, long begin, long end) {}

  static SafeTensorsHeader read(Path file, FileChannel channel) throws IOException {
    long size = channel.size();
    if (size < LENGTH_BYTES) {
      throw TensorErrors.corrupt(
          file, "expected a header length of 8 bytes, found a file of " + size + " bytes");
    }
    long length = bytes(file, channel, 0, LENGTH_BYTES).getLong();
    if (length < 0 || length > Math.min(MAX_BYTES, size - LENGTH_BYTES)) {
      throw TensorErrors.corrupt(
          file,
          "expected a header of at most "
              + Math.min(MAX_BYTES, size - LENGTH_BYTES)
              + " bytes, found a length of "
              + Long.toUnsignedString(length));
    }
    long dataStart = LENGTH_BYTES + length;
    byte[] json = bytes(file, channel, LENGTH_BYTES, (int) length).array();
    return new Reading(file).header(json, dataStart, size - dataStart);
  }

  private static ByteBuffer bytes(Path file, FileChannel channel, long at, int length)
      throws IOException {
    ByteBuffer buffer = ByteBuffer.allocate(length).order(ByteOrder.LITTLE_ENDIAN);
    while (buffer.hasRemaining()) {
      if (channel.read(buffer, at + buffer.position()) < 0) {
        throw TensorErrors.corrupt(
            file, "expected a header of " + length + " bytes, found its end");
      }
    }
    return buffer.flip();
  }

  /** One reading of a header; it knows the file for its messages. */
  private record Reading(Path file) {

    SafeTensorsHeader header(byte[] json, long dataStart, long dataBytes) throws IOException {
      List<Entry> entries = new ArrayList<>();
      Map<String, String> metadata = new TreeMap<>();
      try (JsonParser parser = JSON.createParser(json)) {
        expect(parser.nextToken(), JsonToken.START_OBJECT, "header");
        while (parser.nextToken() == JsonToken.FIELD_NAME) {
          String name = parser.currentName();
          if (name.equals(METADATA)) {
            metadata(parser, metadata);
          } else {
            entries.add(entry(parser, name));
          }
        }
        if (parser.nextToken() != null) {
          throw TensorErrors.corrupt(file, "expected the header's end, found more JSON");
        }
      } catch (JsonProcessingException e) {
        throw TensorErrors.corrupt(file, "header is not valid JSON: " + e.getOriginalMessage(), e);
      }
      return new SafeTensorsHeader(covering(entries, dataBytes), metadata, dataStart);
    }

    private void metadata(JsonParser parser, Map<String, String> metadata) throws IOException {
      expect(parser.nextToken(), JsonToken.START_OBJECT, METADATA);
      while (parser.nextToken() == JsonToken.FIELD_NAME) {
        String key = parser.currentName();
        expect(parser.nextToken(), JsonToken.VALUE_STRING, METADATA + "/" + key);
        metadata.put(key, parser.getText());
      }
    }

    private Entry entry(JsonParser parser, String name) throws IOException {
      StoredType type = null;
      List<Long> shape = null;
      List<Long> offsets = null;
      expect(parser.nextToken(), JsonToken.START_OBJECT, name);
      while (parser.nextToken() == JsonToken.FIELD_NAME) {
        String key = parser.currentName();
        switch (key) {
          case "dtype" -> {
            expect(parser.nextToken(), JsonToken.VALUE_STRING, name + "/dtype");
            type = type(name, parser.getText());
          }
          case "shape" -> shape = numbers(parser, name + "/shape");
          case "data_offsets" -> offsets = numbers(parser, name + "/data_offsets");
          default ->
              throw TensorErrors.corrupt(
                  file,
                  "tensor \""
                      + name
                      + "\": expected dtype, shape and data_offsets, found \""
                      + key
                      + "\"");
        }
      }
      return entry(name, type, shape, offsets);
    }

    private Entry entry(
        String name,
        @Nullable StoredType type,
        @Nullable List<Long> shape,
        @Nullable List<Long> offsets) {
      if (type == null || shape == null || offsets == null || offsets.size() != 2) {
        throw TensorErrors.corrupt(
            file, "tensor \"" + name + "\": expected dtype, shape and two data_offsets");
      }
      TensorInfo info;
      try {
        info = new TensorInfo(name, type, shape);
      } catch (IllegalArgumentException e) {
        throw TensorErrors.corrupt(file, String.valueOf(e.getMessage()), e);
      }
      Entry entry = new Entry(info, offsets.get(0), offsets.get(1));
      boolean ordered = entry.begin >= 0 && entry.begin <= entry.end;
      if (!ordered || entry.end - entry.begin != info.bytes()) {
        throw TensorErrors.corrupt(
            file,
            "tensor \""
                + name
                + "\": expected offsets of "
                + info.bytes()
                + " bytes for "
                + type
                + shape
                + ", found "
                + offsets);
      }
      return entry;
    }

    private Map<String, Entry> covering(List<Entry> entries, long dataBytes) {
      entries.sort(Comparator.comparingLong(Entry::begin).thenComparingLong(Entry::end));
      Map<String, Entry> byName = new LinkedHashMap<>();
      long covered = 0;
      for (Entry entry : entries) {
        String tensor = "tensor \"" + entry.info.name() + "\"";
        if (entry.end > dataBytes) {
          throw TensorErrors.corrupt(
              file, tensor + " ends at byte " + entry.end + " of the data, which has " + dataBytes);
        }
        if (entry.begin != covered) {
          throw TensorErrors.corrupt(
              file,
              tensor
                  + (entry.begin < covered ? " overlaps the one before it" : " leaves a gap")
                  + ": expected it at byte "
                  + covered
                  + " of the data, found it at "
                  + entry.begin);
        }
        covered = entry.end;
        byName.put(entry.info.name(), entry);
      }
      if (covered != dataBytes) {
        throw TensorErrors.corrupt(
            file, "expected " + covered + " bytes of data, found " + dataBytes);
      }
      return byName;
    }

    private List<Long> numbers(JsonParser parser, String where) throws IOException {
      expect(parser.nextToken(), JsonToken.START_ARRAY, where);
      List<Long> numbers = new ArrayList<>();
      while (parser.nextToken() != JsonToken.END_ARRAY) {
        expect(parser.currentToken(), JsonToken.VALUE_NUMBER_INT, where);
        numbers.add(parser.getLongValue());
      }
      return numbers;
    }

    private StoredType type(String name, String text) {
      return Arrays.stream(StoredType.values())
          .filter(type -> type.name().equals(text))
          .findFirst()
          .orElseThrow(
              () ->
                  TensorErrors.corrupt(
                      file,
                      "tensor \""
                          + name
                          + "\": unknown dtype \""
                          + text
                          + "\", expected one of "
                          + Arrays.toString(StoredType.values())));
    }

    private void expect(@Nullable JsonToken found, JsonToken expected, String where) {
      if (found != expected) {
        throw TensorErrors.corrupt(
            file, "at \"" + where + "\": expected " + expected + ", found " + found);
      }
    }
  }
}
