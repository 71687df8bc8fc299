package io.genrec.cli;

import io.genrec.engine.runtime.Device;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * Where something was measured, so that nobody compares times of different machines unawares.
 *
 * @param cpu the processor's name, or its architecture where the system tells no name
 * @param cores how many processors the process may use
 * @param device where graphs ran: {@code cpu} or {@code cuda:N}
 */
record Machine(String cpu, int cores, String device) {
  private static final Path CPUS = Path.of("/proc/cpuinfo");

  /** This machine. */
  static Machine here(Device device) {
    String cpu = name().orElse(System.getProperty("os.arch"));
    return new Machine(cpu, Runtime.getRuntime().availableProcessors(), device.toString());
  }

  private static Optional<String> name() {
    if (!Files.isReadable(CPUS)) {
      return Optional.empty();
    }
    try (Stream<String> lines = Files.lines(CPUS)) {
      return lines
          .filter(line -> line.startsWith("model name"))
          .map(line -> line.replaceFirst("[^:]*:\\s*", ""))
          .findFirst();
    } catch (IOException e) {
      return Optional.empty();
    }
  }

  /** How many cells each machine measured; empty stands for those that do not tell theirs. */
  static Map<Optional<Machine>, Long> counts(Collection<CellResult> cells) {
    Map<Optional<Machine>, Long> counts = new LinkedHashMap<>();
    cells.forEach(cell -> counts.merge(Optional.ofNullable(cell.machine()), 1L, Long::sum));
    return counts;
  }

  /**
   * Where most cells were measured: times of other machines cannot be compared with its. Empty if
   * most do not tell.
   */
  static Optional<Machine> ofMost(Collection<CellResult> cells) {
    return counts(cells).entrySet().stream()
        .max(Map.Entry.comparingByValue())
        .flatMap(Map.Entry::getKey);
  }

  /** For people. */
  @Override
  public String toString() {
    return cpu + ", " + cores + " cores" + (device.equals("cpu") ? "" : ", " + device);
  }
}
