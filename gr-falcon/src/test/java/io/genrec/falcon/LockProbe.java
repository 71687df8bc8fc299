package io.genrec.falcon;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/** Asks from a process of its own whether a file is locked: the process itself would not know. */
final class LockProbe {
  private static final int LOCKED = 7;
  private static final int FREE = 8;

  private LockProbe() {}

  /** Ends with a status that tells. */
  public static void main(String[] arguments) throws IOException {
    try (FileChannel channel = FileChannel.open(Path.of(arguments[0]), StandardOpenOption.WRITE);
        FileLock lock = channel.tryLock()) {
      System.exit(lock == null ? LOCKED : FREE);
    }
  }

  static boolean isLocked(Path file) throws IOException, InterruptedException {
    String classes = LockProbe.class.getProtectionDomain().getCodeSource().getLocation().getPath();
    String java = Path.of(System.getProperty("java.home"), "bin", "java").toString();
    int status =
        new ProcessBuilder(
                java, "-Xshare:auto", "-cp", classes, LockProbe.class.getName(), "" + file)
            .inheritIO()
            .start()
            .waitFor();
    if (status != LOCKED && status != FREE) {
      throw new IllegalStateException("the probe ended with " + status);
    }
    return status == LOCKED;
  }
}
