package io.genrec.engine.storage;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.genrec.api.GenRecException;
import io.genrec.engine.storage.CheckpointState.Measured;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CheckpointStoreTest {
  private final Path dir;
  private final List<GenRecException> skipped = new ArrayList<>();
  private final CheckpointStore store;

  CheckpointStoreTest(@TempDir Path temporary) {
    dir = temporary.resolve("checkpoints");
    store = new CheckpointStore(dir, 3, skipped::add);
  }

  @Test
  void anEmptyStoreHasNoLatest() {
    assertThat(store.latest()).isEmpty();
    assertThat(store.steps()).isEmpty();
    assertThat(skipped).isEmpty();
  }

  @Test
  void theStateComesBack() {
    CheckpointState state =
        new CheckpointState(
            123,
            4,
            0.25,
            Long.MIN_VALUE,
            "abc",
            List.of(new Measured(100, 3, Map.of("HR@10", 0.25, "loss", -1.5e-9))));
    store.save(state, List.of(HostTensor.of("w", new float[] {1, 2}, 2)));
    assertThat(dir.resolve("step-000123")).isDirectory();
    try (Checkpoint latest = store.latest().orElseThrow()) {
      assertThat(latest.state()).isEqualTo(state);
      assertThat(latest.tensors().read("w").floats().get(1)).isEqualTo(2f);
    }
  }

  @Test
  void onlyTheNewestAreKept() {
    for (long step : List.of(5L, 10L, 15L, 1_000_000L)) {
      SaveInALoop.save(store, step);
    }
    assertThat(store.steps()).containsExactly(10L, 15L, 1_000_000L);
    assertThat(latestStep()).isEqualTo(1_000_000L);
  }

  @Test
  void damagedCheckpointsArePassedOverAndTold() throws IOException {
    for (long step = 1; step <= 3; step++) {
      SaveInALoop.save(store, step);
    }
    Files.delete(dir.resolve("step-000003/" + Manifest.FILE));
    try (FileChannel tensors =
        FileChannel.open(
            dir.resolve("step-000002/" + CheckpointStore.TENSORS), StandardOpenOption.WRITE)) {
      tensors.truncate(1000);
    }
    assertThat(latestStep()).isEqualTo(1L);
    assertThat(skipped).extracting(GenRecException::id).containsOnly("CorruptCheckpoint");
    assertThat(skipped.get(0)).hasMessageContaining("step-000003").hasMessageContaining("end");
    assertThat(skipped.get(1))
        .hasMessageContaining("step-000002")
        .hasMessageContaining("state.safetensors")
        .hasMessageContaining("found 1000 bytes");
    assertThatThrownBy(() -> store.open(2)).hasMessageContaining("[GR/CorruptBundle]");
  }

  @Test
  void savingBelowADamagedNewerOneNeverDeletesWhatWasJustSaved() throws IOException {
    CheckpointStore one = new CheckpointStore(dir, 1, skipped::add);
    SaveInALoop.save(one, 100);
    SaveInALoop.save(store, 200);
    Files.delete(dir.resolve("step-000200/" + CheckpointStore.STATE));
    SaveInALoop.save(one, 150);
    assertThat(latestStep()).isEqualTo(150L);
    assertThat(one.steps()).containsExactly(150L, 200L);
  }

  @Test
  void aFailedSaveLeavesTheCheckpointsOfBefore() {
    SaveInALoop.save(store, 1);
    HostTensor w = HostTensor.of("w", new float[1], 1);
    assertThatThrownBy(
            () -> store.save(new CheckpointState(1, 0, null, 1, "h", List.of()), List.of(w, w)))
        .hasMessageContaining("[GR/DuplicateTensor]");
    assertThat(latestStep()).isEqualTo(1L);
    assertThat(dir).isDirectoryNotContaining(p -> !p.endsWith("step-000001"));
  }

  @Test
  void valuesThatCouldNotBeReadBackAreRefused() {
    assertThatThrownBy(() -> new CheckpointState(1, 0, Double.NaN, 1, "h", List.of()))
        .hasMessageContaining("bestMetric");
    assertThatThrownBy(() -> new Measured(1, 0, Map.of("loss", Double.POSITIVE_INFINITY)))
        .hasMessageContaining("\"loss\"");
  }

  @Test
  void aKillAtAnyMomentLeavesALoadableLatest() throws Exception {
    long before = 0;
    for (int kill = 0; kill < 4; kill++) {
      long printed = saveUntilKilled(3 + kill, 300_000L * kill);
      long loaded = latestStep();
      assertThat(skipped).isEmpty();
      assertThat(loaded).isGreaterThanOrEqualTo(printed).isGreaterThan(before);
      before = loaded;
    }
    SaveInALoop.save(store, before + 1);
    assertThat(dir).isDirectoryNotContaining(p -> p.getFileName().toString().contains(".tmp-"));
    assertThat(dir).isDirectoryNotContaining(p -> p.getFileName().toString().contains(".old-"));
  }

  /** The last step that a saving process reported before it was killed, some time after it. */
  private long saveUntilKilled(int lines, long nanosLater) throws Exception {
    Process process =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:TieredStopAtLevel=1",
                "-XX:+UseSerialGC",
                "-cp",
                System.getProperty("java.class.path"),
                SaveInALoop.class.getName(),
                dir.toString())
            .redirectError(ProcessBuilder.Redirect.INHERIT)
            .start();
    try (BufferedReader out = process.inputReader()) {
      String line = "";
      for (int i = 0; i < lines; i++) {
        line = out.readLine();
        assertThat(line).as("the process saved").isNotNull();
      }
      LockSupport.parkNanos(nanosLater);
      return Long.parseLong(line);
    } finally {
      process.destroyForcibly().waitFor();
    }
  }

  private long latestStep() {
    return SaveInALoop.stepOf(store.latest().orElseThrow());
  }
}
