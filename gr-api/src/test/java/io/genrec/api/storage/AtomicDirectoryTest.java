package io.genrec.api.storage;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.InstanceOfAssertFactories.type;

import io.genrec.api.GenRecException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class AtomicDirectoryTest {
  /** No process has this number: it is above what any kernel hands out. */
  private static final String DEAD = "99999999999-1700000000-abc";

  private final Path dir;
  private final Path target;

  AtomicDirectoryTest(@TempDir Path dir) {
    this.dir = dir;
    this.target = dir.resolve("bundle");
  }

  @Test
  void writesATree() {
    AtomicDirectory.write(target, IfExists.FAIL, AtomicDirectoryTest::fillNew);
    assertThat(target.resolve("sub/file")).hasContent("new");
    assertOnlyTheTargetIsThere();
  }

  @Test
  void replacingPutsTheWholeNewTreeInPlaceOfTheOld() throws IOException {
    old(target);
    AtomicDirectory.write(target, IfExists.REPLACE, AtomicDirectoryTest::fillNew);
    assertThat(target.resolve("sub/file")).hasContent("new");
    assertThat(target.resolve("old")).doesNotExist();
    assertOnlyTheTargetIsThere();
  }

  @Test
  void anExistingTargetIsRefusedBeforeTheCallerIsAsked() throws IOException {
    old(target);
    assertThatThrownBy(
            () ->
                AtomicDirectory.write(
                    target,
                    IfExists.FAIL,
                    path -> {
                      throw new AssertionError("asked");
                    }))
        .asInstanceOf(type(GenRecException.class))
        .satisfies(e -> assertThat(e.id()).isEqualTo("OutputExists"))
        .satisfies(e -> assertThat(e).hasMessageContaining(target.toString()));
    assertThat(target.resolve("old")).hasContent("old");
  }

  @Test
  void aFailureLeavesTheOldTreeAndNothingElse() throws IOException {
    old(target);
    assertThatThrownBy(
            () ->
                AtomicDirectory.write(
                    target,
                    IfExists.REPLACE,
                    path -> {
                      fillNew(path);
                      throw new IOException("No space left on device");
                    }))
        .hasMessageContaining("[GR/WriteFailed]")
        .hasMessageContaining("No space left on device");
    assertThat(target.resolve("old")).hasContent("old");
    assertOnlyTheTargetIsThere();
  }

  @Test
  void leftoversOfADeadProcessAreRemovedByTheNextWrite() throws IOException {
    old(dir.resolve("bundle.tmp-" + DEAD));
    old(dir.resolve("bundle.old-" + DEAD));
    old(target);
    AtomicDirectory.write(target, IfExists.REPLACE, AtomicDirectoryTest::fillNew);
    assertOnlyTheTargetIsThere();
  }

  @Test
  void leftoversOfLiveWritersAndOfOtherTargetsAreKept() throws IOException {
    Path other = old(dir.resolve("bundle2.tmp-" + DEAD));
    try (AtomicDirectory live = AtomicDirectory.create(target, IfExists.FAIL)) {
      Leftovers.recover(target);
      assertThat(live.path()).isDirectory();
      assertThat(Leftovers.isLeftover(live.path())).isTrue();
    }
    assertThat(other).isDirectory();
  }

  @Test
  void aFormerProcessOfTheSameNumberIsDead() throws IOException {
    old(dir.resolve("bundle.tmp-" + ProcessHandle.current().pid() + "-1000-abc"));
    Leftovers.recover(target);
    assertThat(dir).isEmptyDirectory();
  }

  @Test
  void contentMovedAsideByAKilledReplaceIsPutBack() throws IOException {
    old(dir.resolve("bundle.old-" + DEAD));
    old(dir.resolve("bundle.tmp-" + DEAD));
    Leftovers.recover(target);
    assertThat(target.resolve("old")).hasContent("old");
    assertOnlyTheTargetIsThere();
  }

  @Test
  void deleteRemovesATreeAndForgivesAMissingOne() throws IOException {
    old(target);
    AtomicDirectory.delete(target);
    AtomicDirectory.delete(target);
    assertThat(dir).isEmptyDirectory();
  }

  @Test
  void onlyFullLeftoverNamesAreLeftovers() {
    assertThat(Leftovers.isLeftover(Path.of("run/x.tmp-12-34-ab"))).isTrue();
    assertThat(Leftovers.isLeftover(Path.of("run/x.old-12-34-ab"))).isTrue();
    assertThat(Leftovers.target(dir.resolve("x.old-12-34-ab"))).isEqualTo(dir.resolve("x"));
    assertThat(Leftovers.isLeftover(Path.of("run/x.tmp-12-34-ab.json"))).isFalse();
    assertThat(Leftovers.isLeftover(Path.of("run/x.tmp-notes"))).isFalse();
  }

  private static void fillNew(Path path) throws IOException {
    Files.writeString(Files.createDirectory(path.resolve("sub")).resolve("file"), "new");
  }

  private static Path old(Path path) throws IOException {
    Files.writeString(Files.createDirectory(path).resolve("old"), "old");
    return path;
  }

  private void assertOnlyTheTargetIsThere() {
    assertThat(dir).isDirectoryContaining(p -> p.equals(target));
    assertThat(dir).isDirectoryNotContaining(p -> !p.equals(target));
  }
}
