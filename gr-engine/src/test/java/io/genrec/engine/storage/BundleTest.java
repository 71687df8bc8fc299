package io.genrec.engine.storage;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.InstanceOfAssertFactories.type;

import io.genrec.api.GenRecException;
import io.genrec.api.config.StrictConfig;
import io.genrec.api.storage.Checksum;
import io.genrec.api.storage.IfExists;
import io.genrec.engine.storage.ModelCard.DataProvenance;
import io.genrec.engine.storage.ModelCard.EncoderReference;
import io.genrec.engine.storage.ModelCard.LibraryVersions;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class BundleTest {
  private static final ModelCard CARD =
      new ModelCard(
          1,
          "books",
          new EncoderReference("hstu", 1),
          "next-item",
          "sampled-softmax",
          StrictConfig.parse("test", "{\"dim\":50,\"layers\":[1,2.5,\"x\"]}"),
          Map.of("item", 12),
          new DataProvenance("ml-1m", "c0", "5b", "leave-one-out"),
          new LibraryVersions("0.1", "1.28.0", "17"),
          Map.of("HR@10", 0.31, "NDCG@10", 1e-17),
          "2026-01-31T12:00:00Z",
          -42L);

  private final Path dir;
  private final Path target;

  BundleTest(@TempDir Path dir) {
    this.dir = dir;
    this.target = dir.resolve("bundle");
  }

  @Test
  void aBundleComesBackWhole() throws IOException {
    write();
    BundleReader bundle = BundleReader.open(target);
    assertThat(bundle.card()).isEqualTo(CARD);
    assertThat(bundle.files())
        .extracting(FileSum::name)
        .containsExactly(
            "graphs/score.onnx", "model.json", "vocabulary.arrow", "weights.safetensors");
    assertThat(bundle.graph("score")).hasContent("onnx");
    assertThat(bundle.path(BundleFiles.VOCABULARY)).hasContent("arrow");
    try (SafeTensors weights = bundle.weights()) {
      assertThat(weights.read("w").floats().get(1)).isEqualTo(2f);
    }
    assertThat(dir).isDirectoryNotContaining(p -> p.getFileName().toString().contains(".tmp-"));
  }

  @Test
  void aCardWithoutDataComesBack() {
    ModelCard bare =
        new ModelCard(
            1,
            "m",
            CARD.encoder(),
            "t",
            "l",
            CARD.configuration(),
            CARD.values(),
            null,
            CARD.libraries(),
            Map.of(),
            "2026-01-31T12:00:00Z",
            7);
    String json = StrictConfig.toJson(bare);
    assertThat(StrictConfig.parse("card", json).as(ModelCard.class)).isEqualTo(bare);
  }

  @Test
  void nothingAppearsWithoutFinish() {
    try (BundleWriter writer = BundleWriter.create(target, IfExists.FAIL)) {
      writer.model(CARD);
      assertThat(target).doesNotExist();
    }
    assertThat(dir).isEmptyDirectory();
  }

  @Test
  void anExistingBundleIsRefusedAndKept() throws IOException {
    write();
    assertThatThrownBy(() -> BundleWriter.create(target, IfExists.FAIL).close())
        .hasMessageContaining("[GR/OutputExists]")
        .hasMessageContaining(target.toString());
    assertThat(BundleReader.open(target).card()).isEqualTo(CARD);
    try (BundleWriter writer = BundleWriter.create(target, IfExists.REPLACE)) {
      writer.model(CARD.withMetrics(Map.of("HR@10", 0.5)));
      writer.finish();
    }
    assertThat(BundleReader.open(target).card().metrics()).containsExactly(Map.entry("HR@10", 0.5));
  }

  @Test
  void anyAlteredByteOfAnyFileIsNoticed() throws IOException {
    write();
    for (FileSum file : BundleReader.open(target).files()) {
      Path path = target.resolve(file.name());
      byte[] whole = Files.readAllBytes(path);
      for (int at = 0; at < whole.length; at += Math.max(1, whole.length / 7)) {
        byte[] altered = whole.clone();
        altered[at] ^= 1;
        Files.write(path, altered);
        assertCorrupt(
            file.name(), "expected sha256 " + file.sha256(), "sha256 " + Checksum.sha256(altered));
      }
      Files.write(path, whole);
    }
    BundleReader.open(target);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"model.json", "weights.safetensors", "vocabulary.arrow", "graphs/score.onnx"})
  void aTruncatedOrMissingFileIsNoticed(String name) throws IOException {
    write();
    Path path = target.resolve(name);
    byte[] whole = Files.readAllBytes(path);
    Files.write(path, Arrays.copyOf(whole, whole.length - 1));
    assertCorrupt(
        name, "expected " + whole.length + " bytes", "found " + (whole.length - 1) + " bytes");
    Files.delete(path);
    assertCorrupt(name, "expected " + whole.length + " bytes", "no such file");
  }

  @Test
  void aMissingOrDamagedManifestIsNoticed() throws IOException {
    write();
    Path manifest = target.resolve(Manifest.FILE);
    String whole = Files.readString(manifest);
    Files.writeString(manifest, whole.substring(0, whole.length() / 2));
    assertCorrupt(Manifest.FILE, "InvalidJson", "");
    Files.writeString(manifest, whole.replace("graphs/score.onnx", "../../etc/passwd"));
    assertCorrupt(Manifest.FILE, "../../etc/passwd", "below its directory");
    Files.writeString(manifest, whole.replace("vocabulary.arrow", "model.json"));
    assertCorrupt(Manifest.FILE, "lists \"model.json\" twice", "");
    Files.writeString(manifest, whole.replace("model.json", "card.json"));
    assertCorrupt(ModelCard.FILE, "no such file in checksums.json", "");
    Files.delete(manifest);
    assertCorrupt(Manifest.FILE, "not written to its end", "");
  }

  @Test
  void aNewerBundleIsNamedAsSuchEvenIfItsCardHasOtherKeys() {
    try (BundleWriter writer = BundleWriter.create(target, IfExists.FAIL)) {
      writer.file(
          ModelCard.FILE, out -> out.write("{\"formatVersion\":2,\"new\":1}".getBytes(UTF_8)));
      writer.finish();
    }
    assertThatThrownBy(() -> BundleReader.open(target))
        .asInstanceOf(type(GenRecException.class))
        .satisfies(e -> assertThat(e.id()).isEqualTo("UnsupportedBundle"))
        .satisfies(
            e -> assertThat(e).hasMessageContaining("version 2; this library reads version 1"));
  }

  @Test
  void aNewerManifestIsNamedAsSuch() throws IOException {
    write();
    Path manifest = target.resolve(Manifest.FILE);
    Files.writeString(
        manifest, Files.readString(manifest).replaceFirst("\"version\" : 1", "\"version\" : 9"));
    assertThatThrownBy(() -> BundleReader.open(target))
        .hasMessageContaining("[GR/UnsupportedBundle]")
        .hasMessageContaining("version 9");
  }

  @Test
  void aCardWithAnUnknownKeyIsRefusedWithTheNearestName() {
    try (BundleWriter writer = BundleWriter.create(target, IfExists.FAIL)) {
      String json = StrictConfig.toJson(CARD).replace("\"task\"", "\"taks\"");
      writer.file(ModelCard.FILE, out -> out.write(json.getBytes(UTF_8)));
      writer.finish();
    }
    assertThatThrownBy(() -> BundleReader.open(target))
        .hasMessageContaining("[GR/UnknownKey]")
        .hasMessageContaining("/taks")
        .hasMessageContaining("did you mean \"task\"?");
  }

  @Test
  void cardsThatCouldNotBeReadBackAreRefused() {
    assertThatThrownBy(() -> CARD.withMetrics(Map.of("loss", Double.NaN)))
        .hasMessageContaining("\"loss\"");
  }

  @Test
  void namesAreCheckedAndWrittenOnce() {
    try (BundleWriter writer = BundleWriter.create(target, IfExists.FAIL)) {
      for (String name : List.of("../x", "/x", "a//b", "", ".", "a\\b", "checksums.json")) {
        assertThatThrownBy(() -> writer.file(name, out -> out.write(1)))
            .isInstanceOf(IllegalArgumentException.class)
            .hasMessageContaining(name);
      }
      writer.file("a/b", out -> out.write(1));
      assertThatThrownBy(() -> writer.file("a/b", out -> out.write(1)))
          .hasMessageContaining("[GR/WriteFailed]")
          .hasMessageContaining("a/b");
    }
  }

  @Test
  void aMissingBundleOrFileSaysWhatThereIs() throws IOException {
    assertThatThrownBy(() -> BundleReader.open(target))
        .hasMessageContaining("[GR/MissingBundle]")
        .hasMessageContaining(target.toString());
    write();
    assertThatThrownBy(() -> BundleReader.open(target).graph("scores"))
        .hasMessageContaining("[GR/MissingBundleFile]")
        .hasMessageContaining("did you mean \"graphs/score.onnx\"?");
  }

  private void write() throws IOException {
    Path vocabulary = Files.writeString(dir.resolve("v"), "arrow");
    try (BundleWriter writer = BundleWriter.create(target, IfExists.FAIL)) {
      writer.model(CARD);
      writer.weights(List.of(HostTensor.of("w", new float[] {1, 2}, 2)));
      writer.copy(BundleFiles.VOCABULARY, vocabulary);
      writer.file(BundleFiles.graph("score"), out -> out.write("onnx".getBytes(UTF_8)));
      writer.finish();
    }
    Files.delete(vocabulary);
  }

  private void assertCorrupt(String file, String expected, String found) {
    assertThatThrownBy(() -> BundleReader.open(target))
        .asInstanceOf(type(GenRecException.class))
        .satisfies(e -> assertThat(e.id()).isEqualTo("CorruptBundle"))
        .satisfies(
            e ->
                assertThat(e)
                    .hasMessageContaining("file " + file + " of " + target)
                    .hasMessageContaining(expected)
                    .hasMessageContaining(found));
  }
}
