package io.genrec.api.storage;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.InstanceOfAssertFactories.type;

import io.genrec.api.GenRecException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class AtomicFileTest {
  private final Path dir;

  AtomicFileTest(@TempDir Path dir) {
    this.dir = dir;
  }

  @Test
  void writesAFileAndNothingElseIntoDirectoriesThatItMakes() throws IOException {
    Path target = dir.resolve("a/b/report.json");
    AtomicFile.write(target, IfExists.FAIL, out -> out.write("{}".getBytes(UTF_8)));
    assertThat(target).hasContent("{}");
    assertThat(target.getParent()).isDirectoryNotContaining(p -> !p.equals(target));
  }

  @Test
  void theTargetIsUntouchedUntilTheCommit() throws IOException {
    Path target = Files.writeString(dir.resolve("x"), "old");
    try (AtomicFile file = AtomicFile.create(target, IfExists.REPLACE)) {
      file.channel().write(ByteBuffer.wrap("new".getBytes(UTF_8)));
      assertThat(target).hasContent("old");
      file.commit();
    }
    assertThat(target).hasContent("new");
  }

  @Test
  void aWriterThatClosesTheStreamIsCommittedAllTheSame() {
    Path target = dir.resolve("x");
    AtomicFile.write(
        target,
        IfExists.FAIL,
        out -> {
          out.write('a');
          out.close();
        });
    assertThat(target).hasContent("a");
  }

  @Test
  void anExistingTargetIsRefusedAndKept() throws IOException {
    Path target = Files.writeString(dir.resolve("x"), "old");
    assertThatThrownBy(() -> AtomicFile.write(target, IfExists.FAIL, out -> out.write('n')))
        .asInstanceOf(type(GenRecException.class))
        .satisfies(e -> assertThat(e.id()).isEqualTo("OutputExists"))
        .satisfies(e -> assertThat(e).hasMessageContaining(target.toString()));
    assertThat(target).hasContent("old");
  }

  @Test
  void aTargetThatAppearsWhileWritingIsRefusedAndKept() {
    Path target = dir.resolve("x");
    assertThatThrownBy(
            () ->
                AtomicFile.write(
                    target, IfExists.FAIL, out -> Files.writeString(target, "other's")))
        .hasMessageContaining("[GR/OutputExists]");
    assertThat(dir).isDirectoryNotContaining(p -> !p.equals(target));
    assertThat(target).hasContent("other's");
  }

  @Test
  void aFailureLeavesTheOldFileAndNothingElse() throws IOException {
    Path target = Files.writeString(dir.resolve("x"), "old");
    assertThatThrownBy(
            () ->
                AtomicFile.write(
                    target,
                    IfExists.REPLACE,
                    out -> {
                      out.write(new byte[1 << 20]);
                      throw new IOException("No space left on device");
                    }))
        .asInstanceOf(type(GenRecException.class))
        .satisfies(e -> assertThat(e.id()).isEqualTo("WriteFailed"))
        .satisfies(
            e ->
                assertThat(e)
                    .hasMessageContaining(target.toString())
                    .hasMessageContaining("No space left on device")
                    .hasCauseInstanceOf(IOException.class));
    assertThat(target).hasContent("old");
    assertThat(dir).isDirectoryNotContaining(p -> !p.equals(target));
  }

  @Test
  void aDirectoryThatCannotBeMadeIsWriteFailed() throws IOException {
    Path file = Files.writeString(dir.resolve("file"), "");
    assertThatThrownBy(
            () -> AtomicFile.write(file.resolve("below"), IfExists.FAIL, out -> out.write('n')))
        .hasMessageContaining("[GR/WriteFailed]");
  }

  @Test
  void otherExceptionsPassAndLeaveNothing() {
    assertThatThrownBy(
            () ->
                AtomicFile.write(
                    dir.resolve("x"),
                    IfExists.FAIL,
                    out -> {
                      throw new IllegalArgumentException("caller's");
                    }))
        .isInstanceOf(IllegalArgumentException.class);
    assertThat(dir).isEmptyDirectory();
  }

  @Test
  void checksumOfAFileIsItsSha256() throws IOException {
    // FIPS 180-2, appendix B.1: the digest of "abc".
    String expected = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
    assertThat(Checksum.sha256(Files.writeString(dir.resolve("x"), "abc"))).isEqualTo(expected);
    assertThat(Checksum.sha256("abc".getBytes(UTF_8))).isEqualTo(expected);
    assertThatThrownBy(() -> Checksum.sha256(dir.resolve("none")))
        .hasMessageContaining("[GR/ReadFailed]")
        .hasMessageContaining("none");
  }
}
