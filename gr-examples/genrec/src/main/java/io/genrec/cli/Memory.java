package io.genrec.cli;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.OptionalLong;
import java.util.stream.Stream;

/** How much memory the process takes, as Linux tells it. */
final class Memory {
  private static final Path STATUS = Path.of("/proc/self/status");
  private static final Path CLEAR = Path.of("/proc/self/clear_refs");
  private static final String CLEAR_PEAK = "5";
  private static final int KIB = 1024;

  private Memory() {}

  /** Lets the peak begin at what is held now; does nothing where the system has no such means. */
  static void restartPeak() {
    if (Files.isWritable(CLEAR)) {
      try {
        Files.writeString(CLEAR, CLEAR_PEAK);
      } catch (IOException e) {
        // Then the peak is that of the whole process.
      }
    }
  }

  /**
   * The most bytes of main memory that the process has held since {@link #restartPeak}, or ever;
   * empty where nobody tells.
   */
  static OptionalLong peak() {
    return status("VmHWM:");
  }

  /** The bytes of main memory that the process holds now without files that it reads in place. */
  static OptionalLong anonymous() {
    return status("RssAnon:");
  }

  private static OptionalLong status(String name) {
    if (!Files.isReadable(STATUS)) {
      return OptionalLong.empty();
    }
    try (Stream<String> lines = Files.lines(STATUS)) {
      return lines
          .filter(line -> line.startsWith(name))
          .mapToLong(line -> KIB * Long.parseLong(line.replaceAll("\\D", "")))
          .findFirst();
    } catch (IOException e) {
      return OptionalLong.empty();
    }
  }
}
