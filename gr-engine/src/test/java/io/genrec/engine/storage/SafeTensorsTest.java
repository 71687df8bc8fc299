package io.genrec.engine.storage;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.InstanceOfAssertFactories.type;

import io.genrec.api.GenRecException;
import io.genrec.api.storage.IfExists;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.WritableByteChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

class SafeTensorsTest {
  private final Path dir;
  private final Path file;

  SafeTensorsTest(@TempDir Path dir) {
    this.dir = dir;
    this.file = dir.resolve("weights.safetensors");
  }

  @Test
  void theBytesAreThoseOfTheFormat() throws IOException {
    SafeTensorsWriter.write(
        file,
        IfExists.FAIL,
        Map.of("format", "pt"),
        List.of(HostTensor.of("b", new float[] {1f, -2f}, 2), HostTensor.of("a", new long[] {7})));
    String json =
        "{\"__metadata__\":{\"format\":\"pt\"},"
            + "\"a\":{\"dtype\":\"I64\",\"shape\":[],\"data_offsets\":[0,8]},"
            + "\"b\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[8,16]}}";
    ByteBuffer bytes = ByteBuffer.wrap(Files.readAllBytes(file)).order(ByteOrder.LITTLE_ENDIAN);
    int header = (int) bytes.getLong();
    assertThat(header % 8).isZero();
    byte[] text = new byte[header];
    bytes.get(text);
    assertThat(new String(text, UTF_8).stripTrailing()).isEqualTo(json);
    assertThat(bytes.getLong()).isEqualTo(7);
    assertThat(bytes.getFloat()).isEqualTo(1f);
    assertThat(bytes.getFloat()).isEqualTo(-2f);
    assertThat(bytes.hasRemaining()).isFalse();
  }

  @Test
  void theSameTensorsInAnyOrderGiveTheSameBytes() throws IOException {
    HostTensor a = HostTensor.of("a", new float[] {1}, 1);
    HostTensor b = HostTensor.of("b", new float[] {2}, 1);
    Path other = dir.resolve("other");
    SafeTensorsWriter.write(file, IfExists.FAIL, Map.of(), List.of(a, b));
    SafeTensorsWriter.write(other, IfExists.FAIL, Map.of(), List.of(b, a));
    assertThat(file).hasSameBinaryContentAs(other);
  }

  @ParameterizedTest
  @EnumSource(StoredType.class)
  void everyTypeComesBack(StoredType type) {
    TensorInfo info = TensorInfo.of("layer0/w", type, 3, 1, 5);
    HostTensor tensor = HostTensor.zeros(info);
    ByteBuffer data = tensor.data();
    for (int i = 0; data.hasRemaining(); i++) {
      data.put((byte) (i * 37 % 2));
    }
    HostTensor empty = HostTensor.zeros(TensorInfo.of("none", type, 0, 4));
    SafeTensorsWriter.write(file, IfExists.FAIL, Map.of("k", "v \u00e9"), List.of(tensor, empty));
    try (SafeTensors read = SafeTensors.open(file)) {
      assertThat(read.metadata()).containsExactly(Map.entry("k", "v \u00e9"));
      assertThat(read.tensors()).containsExactlyInAnyOrder(info, empty.info());
      assertThat(read.read("layer0/w")).isEqualTo(tensor);
      assertThat(read.read("none").data().remaining()).isZero();
    }
  }

  @Test
  void partsAreReadIntoTheCallersMemory() {
    float[] values = new float[700_000];
    for (int i = 0; i < values.length; i++) {
      values[i] = i;
    }
    SafeTensorsWriter.write(
        file, IfExists.FAIL, Map.of(), List.of(HostTensor.of("table", values, 7, 100_000)));
    try (SafeTensors read = SafeTensors.open(file)) {
      FloatBuffer all = FloatBuffer.allocate(values.length);
      read.readFloats("table", 0, all);
      assertThat(all.array()).isEqualTo(values);
      FloatBuffer row = FloatBuffer.allocate(4).position(1).limit(3);
      read.readFloats("table", 300_000, row);
      assertThat(row.array()).containsExactly(0f, 300_000f, 300_001f, 0f);
      ByteBuffer bytes = ByteBuffer.allocate(12).order(ByteOrder.LITTLE_ENDIAN).position(4);
      read.read("table", 4L * 5, bytes);
      assertThat(bytes.position()).isEqualTo(12);
      assertThat(bytes.getFloat(4)).isEqualTo(5f);
      assertThat(bytes.getFloat(8)).isEqualTo(6f);
      assertThatThrownBy(() -> read.readFloats("table", 699_999, FloatBuffer.allocate(2)))
          .isInstanceOf(IndexOutOfBoundsException.class)
          .hasMessageContaining("table");
    }
  }

  @Test
  void aTensorAboveTwoGibibytesIsReadWithoutLoadingIt() throws IOException {
    long rows = 800_000_000;
    byte[] header = header("{\"t\":" + entry("F32", "[" + rows + "]", 0, 4 * rows) + "}");
    Files.write(file, header);
    ByteBuffer last = ByteBuffer.allocate(4).order(ByteOrder.LITTLE_ENDIAN).putFloat(0, 42f);
    try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
      // A sparse file: only its last block takes room.
      channel.write(last, header.length + 4 * (rows - 1));
    }
    try (SafeTensors read = SafeTensors.open(file)) {
      FloatBuffer values = FloatBuffer.allocate(2);
      read.readFloats("t", rows - 2, values);
      assertThat(values.array()).containsExactly(0f, 42f);
      assertThatThrownBy(() -> read.read("t")).hasMessageContaining("read it in pieces");
    }
  }

  @Test
  void entriesMayBeNamedInAnyOrder() throws IOException {
    Files.write(
        file,
        concat(
            header(
                "{\"b\":" + entry("U8", "[1]", 1, 2) + ",\"a\":" + entry("U8", "[1]", 0, 1) + "}"),
            new byte[] {5, 6}));
    try (SafeTensors read = SafeTensors.open(file)) {
      assertThat(read.read("a").data().get(0)).isEqualTo((byte) 5);
      assertThat(read.read("b").data().get(0)).isEqualTo((byte) 6);
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "{'a':{'dtype':'F8_E4M3','shape':[4],'data_offsets':[0,4]}}|unknown dtype \"F8_E4M3\"",
        "{'a':{'dtype':'F32','shape':[2],'data_offsets':[0,8]}}|ends at byte 8 of the data",
        "{'a':{'dtype':'U8','shape':[3],'data_offsets':[0,3]},"
            + "'b':{'dtype':'U8','shape':[2],'data_offsets':[2,4]}}|\"b\" overlaps",
        "{'a':{'dtype':'U8','shape':[2],'data_offsets':[2,4]}}|leaves a gap",
        "{'a':{'dtype':'U8','shape':[2],'data_offsets':[0,2]}}|expected 2 bytes of data, found 4",
        "{'a':{'dtype':'U8','shape':[4],'data_offsets':[4,0]}}|expected offsets of 4 bytes",
        "{'a':{'dtype':'U8','shape':[4],'data_offsets':[-4,0]}}|expected offsets of 4 bytes",
        "{'a':{'dtype':'F32','shape':[2],'data_offsets':[0,4]}}|expected offsets of 8 bytes",
        "{'a':{'dtype':'U8','shape':[-4],'data_offsets':[0,4]}}|negative dimension",
        "{'a':{'dtype':'F32','shape':[4294967296,4294967296],'data_offsets':[0,4]}}|2^63",
        "{'a':{'dtype':'U8','shape':[99999999999999999999],'data_offsets':[0,4]}}|not valid JSON",
        "{'a':{'dtype':'U8','shape':[4.0],'data_offsets':[0,4]}}|a/shape",
        "{'a':{'dtype':'U8','shape':[4]}}|two data_offsets",
        "{'a':{'dtype':'U8','shape':[4],'data_offsets':[0,4],'x':1}}|found \"x\"",
        "{'a':{'dtype':'U8','shape':[4],'data_offsets':[0,4]},"
            + "'a':{'dtype':'U8','shape':[4],'data_offsets':[0,4]}}|Duplicate",
        "{'__metadata__':{'k':1},'a':{'dtype':'U8','shape':[4],'data_offsets':[0,4]}}|__metadata__/k",
        "{'a':7}|expected START_OBJECT",
        "{'a':|not valid JSON",
        "[]|expected START_OBJECT",
      })
  void aHeaderThatCannotBeTrueIsRefused(String json, String says) throws IOException {
    Files.write(file, concat(header(json.replace('\'', '"')), new byte[4]));
    assertCorrupt(says);
  }

  @Test
  void everyTruncationIsRefused() throws IOException {
    SafeTensorsWriter.write(
        file, IfExists.FAIL, Map.of(), List.of(HostTensor.of("a", new float[] {1, 2}, 2)));
    byte[] whole = Files.readAllBytes(file);
    for (int length = 0; length < whole.length; length++) {
      Files.write(file, Arrays.copyOf(whole, length));
      assertCorrupt("weights.safetensors");
    }
    Files.write(file, concat(whole, new byte[1]));
    assertCorrupt("expected 8 bytes of data, found 9");
  }

  @Test
  void anAbsurdHeaderLengthAllocatesNothing() throws IOException {
    Files.write(file, new byte[] {-1, -1, -1, -1, -1, -1, -1, 127, 0});
    assertCorrupt("found a length of 9223372036854775807");
    Files.write(file, new byte[] {-1, -1, -1, -1, -1, -1, -1, -1, 0});
    assertCorrupt("found a length of 18446744073709551615");
  }

  @Test
  void aFileThatIsCutAfterOpeningIsRefusedWhenRead() throws IOException {
    SafeTensorsWriter.write(
        file, IfExists.FAIL, Map.of(), List.of(HostTensor.of("a", new float[1000], 1000)));
    try (SafeTensors read = SafeTensors.open(file);
        FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
      channel.truncate(1000);
      assertThatThrownBy(() -> read.read("a")).hasMessageContaining("[GR/CorruptTensors]");
    }
  }

  @Test
  void unknownNamesAndWrongTypesSayWhatThereIs() {
    SafeTensorsWriter.write(
        file, IfExists.FAIL, Map.of(), List.of(HostTensor.of("hstu/uvqk", new long[2], 2)));
    try (SafeTensors read = SafeTensors.open(file)) {
      assertThatThrownBy(() -> read.info("hstu/uvkq"))
          .hasMessageContaining("[GR/UnknownTensor]")
          .hasMessageContaining("did you mean \"hstu/uvqk\"?");
      assertThatThrownBy(() -> read.readFloats("hstu/uvqk", 0, FloatBuffer.allocate(1)))
          .hasMessageContaining("[GR/WrongTensor]")
          .hasMessageContaining("expected F32, found I64");
    }
    assertThatThrownBy(() -> SafeTensors.open(dir.resolve("none")))
        .hasMessageContaining("[GR/ReadFailed]");
  }

  @Test
  void writingRefusesTwoOfANameAndSourcesOfTheWrongSizeAndLeavesNothing() {
    HostTensor a = HostTensor.of("a", new float[] {1}, 1);
    assertThatThrownBy(() -> SafeTensorsWriter.write(file, IfExists.FAIL, Map.of(), List.of(a, a)))
        .hasMessageContaining("[GR/DuplicateTensor]")
        .hasMessageContaining("\"a\"");
    TensorSource tooShort =
        new TensorSource() {
          @Override
          public TensorInfo info() {
            return TensorInfo.of("short", StoredType.F32, 2);
          }

          @Override
          public void writeTo(WritableByteChannel out) throws IOException {
            out.write(ByteBuffer.allocate(4));
          }
        };
    assertThatThrownBy(
            () -> SafeTensorsWriter.write(file, IfExists.FAIL, Map.of(), List.of(tooShort)))
        .hasMessageContaining("[GR/WriteFailed]")
        .hasMessageContaining("expected 8 bytes from its source, found 4");
    assertThat(dir).isEmptyDirectory();
  }

  @Test
  void anExistingFileIsNotOverwrittenUnasked() {
    List<HostTensor> tensors = List.of(HostTensor.of("a", new float[] {1}, 1));
    SafeTensorsWriter.write(file, IfExists.FAIL, Map.of(), tensors);
    assertThatThrownBy(() -> SafeTensorsWriter.write(file, IfExists.FAIL, Map.of(), tensors))
        .hasMessageContaining("[GR/OutputExists]");
    SafeTensorsWriter.write(file, IfExists.REPLACE, Map.of(), tensors);
  }

  private void assertCorrupt(String says) {
    assertThatThrownBy(() -> SafeTensors.open(file).close())
        .asInstanceOf(type(GenRecException.class))
        .satisfies(e -> assertThat(e.id()).isEqualTo("CorruptTensors"))
        .satisfies(
            e -> assertThat(e).hasMessageContaining(says).hasMessageContaining(file.toString()));
  }

  private static String entry(String type, String shape, long begin, long end) {
    return "{\"dtype\":\"%s\",\"shape\":%s,\"data_offsets\":[%d,%d]}"
        .formatted(type, shape, begin, end);
  }

  private static byte[] header(String json) {
    byte[] text = json.getBytes(UTF_8);
    return ByteBuffer.allocate(8 + text.length)
        .order(ByteOrder.LITTLE_ENDIAN)
        .putLong(text.length)
        .put(text)
        .array();
  }

  private static byte[] concat(byte[] a, byte[] b) {
    return ByteBuffer.allocate(a.length + b.length).put(a).put(b).array();
  }
}
