package io.genrec.falcon;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** What the operating system and the virtual machine say of this process. */
final class Process {
  private static final Path STATUS = Path.of("/proc/self/status");

  private Process() {}

  static void assumeLinux() {
    assumeTrue(Files.exists(STATUS), "only Linux tells the resident set here");
  }

  static long residentKib() throws IOException {
    return Files.readAllLines(STATUS).stream()
        .filter(line -> line.startsWith("VmRSS:"))
        .mapToLong(line -> Long.parseLong(line.replaceAll("[^0-9]", "")))
        .findFirst()
        .orElseThrow();
  }

  /** What the Java heap holds after a collection. */
  static long heapKib() {
    System.gc();
    Runtime runtime = Runtime.getRuntime();
    return (runtime.totalMemory() - runtime.freeMemory()) / 1024;
  }
}
