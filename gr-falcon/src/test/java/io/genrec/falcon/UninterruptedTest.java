package io.genrec.falcon;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class UninterruptedTest {
  @Test
  void workGoesOnAndTheThreadStaysInterrupted(@TempDir Path folder) throws IOException {
    Path file = folder.resolve("three");
    Files.write(file, new byte[] {1, 2, 3});
    AtomicInteger times = new AtomicInteger();
    ByteBuffer read = ByteBuffer.allocate(3);
    int size =
        Uninterrupted.run(
            () -> {
              try (FileChannel channel = FileChannel.open(file)) {
                if (times.incrementAndGet() < 3) {
                  Thread.currentThread().interrupt();
                }
                return channel.read(read.clear());
              }
            });
    assertThat(Thread.interrupted()).as("after the work").isTrue();
    assertThat(times).hasValue(3);
    assertThat(size).isEqualTo(3);
    assertThat(read.array()).containsExactly(1, 2, 3);
  }

  @Test
  void whatFailsOtherwiseFails() {
    assertThatThrownBy(
            () ->
                Uninterrupted.run(
                    () -> {
                      throw new IOException("full");
                    }))
        .hasMessage("full");
    assertThat(Thread.interrupted()).isFalse();
  }
}
