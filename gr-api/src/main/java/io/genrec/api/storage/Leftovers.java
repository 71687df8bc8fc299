package io.genrec.api.storage;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ThreadLocalRandom;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.apiguardian.api.API;

/**
 * What a killed write leaves beside its target: {@code name.tmp-*} (unfinished new content) and
 * {@code name.old-*} (previous content that was being replaced).
 *
 * <p>The names carry the writing process and when it started, so that a later run removes what a
 * dead process left and keeps its hands off what a live one is writing. Readers that list a
 * directory skip what {@link #isLeftover} names.
 */
@API(status = API.Status.STABLE, since = "0.1")
public final class Leftovers {
  private static final String NEW = ".tmp-";
  private static final String OLD = ".old-";
  private static final Pattern SUFFIX =
      Pattern.compile("\\.(tmp|old)-([0-9]{1,18})-([0-9]{1,18})-[0-9a-f]{1,16}");

  /** How far two readings of one process's start may differ: the boot time is known to a second. */
  private static final Duration START_TOLERANCE = Duration.ofSeconds(5);

  private Leftovers() {}

  /**
   * Whether a path is what an unfinished write keeps beside its target.
   *
   * @param path a file or directory; only its last name is looked at
   */
  public static boolean isLeftover(Path path) {
    String name = lastName(path);
    int start = suffixStart(name);
    return start > 0 && SUFFIX.matcher(name).region(start, name.length()).matches();
  }

  /**
   * The target that a leftover belongs to.
   *
   * @param leftover a path that {@link #isLeftover} names
   * @throws IllegalArgumentException for another path
   */
  public static Path target(Path leftover) {
    if (!isLeftover(leftover)) {
      throw new IllegalArgumentException("not what an unfinished write leaves: " + leftover);
    }
    String name = lastName(leftover);
    return parent(leftover).resolve(name.substring(0, suffixStart(name)));
  }

  /**
   * Repairs a target after a killed run: puts back previous content that was moved aside but not
   * yet replaced, then removes everything that dead processes left for this target. Does nothing
   * when there is nothing to repair, so it is safe before every read or write of the target.
   *
   * @param target the file or directory that was to be written
   * @throws IOException if the content that was moved aside cannot be put back
   */
  public static void recover(Path target) throws IOException {
    Path parent = parent(target);
    if (!Files.isDirectory(parent)) {
      return;
    }
    String name = lastName(target);
    List<Path> dead = new ArrayList<>();
    try (DirectoryStream<Path> siblings =
        Files.newDirectoryStream(parent, p -> belongsToDeadProcess(p, name))) {
      siblings.forEach(dead::add);
    } catch (DirectoryIteratorException e) {
      throw e.getCause();
    }
    Optional<Path> old =
        dead.stream().filter(p -> lastName(p).startsWith(OLD, name.length())).findFirst();
    if (old.isPresent() && Files.notExists(target)) {
      Durable.rename(old.get(), target);
      Durable.syncDirectory(parent);
      dead.remove(old.get());
    }
    dead.forEach(Leftovers::deleteQuietly);
  }

  static Path unfinished(Path target) {
    return sibling(target, NEW);
  }

  static Path replaced(Path target) {
    return sibling(target, OLD);
  }

  /** The directory that holds a target. */
  static Path parent(Path target) {
    Path parent = target.toAbsolutePath().getParent();
    if (parent == null) {
      throw new IllegalArgumentException("not a place to write to: " + target);
    }
    return parent;
  }

  /** Deletes a file or a tree; what cannot be deleted stays and is removed by the next write. */
  static void deleteQuietly(Path path) {
    try (Stream<Path> tree = Files.walk(path)) {
      for (Path p : tree.sorted(Comparator.reverseOrder()).toList()) {
        Files.deleteIfExists(p);
      }
    } catch (IOException | UncheckedIOException e) {
      // It carries a leftover's name: no reader takes it for content and a later write retries.
    }
  }

  private static Path sibling(Path target, String kind) {
    ProcessHandle self = ProcessHandle.current();
    String suffix =
        self.pid()
            + "-"
            + self.info().startInstant().map(Instant::getEpochSecond).orElse(0L)
            + "-"
            + Long.toHexString(ThreadLocalRandom.current().nextLong());
    return parent(target).resolve(lastName(target) + kind + suffix);
  }

  private static boolean belongsToDeadProcess(Path path, String name) {
    String found = lastName(path);
    if (!found.startsWith(name)) {
      return false;
    }
    Matcher suffix = SUFFIX.matcher(found).region(name.length(), found.length());
    return suffix.matches()
        && !runs(Long.parseLong(suffix.group(2)), Long.parseLong(suffix.group(3)));
  }

  /** A process number alone does not do: containers give the same one to every run. */
  private static boolean runs(long pid, long startSecond) {
    Optional<ProcessHandle> process = ProcessHandle.of(pid).filter(ProcessHandle::isAlive);
    if (process.isEmpty()) {
      return false;
    }
    return process
        .get()
        .info()
        .startInstant()
        .map(
            started ->
                Math.abs(started.getEpochSecond() - startSecond) <= START_TOLERANCE.toSeconds())
        .orElse(true);
  }

  private static int suffixStart(String name) {
    return Math.max(name.lastIndexOf(NEW), name.lastIndexOf(OLD));
  }

  private static String lastName(Path path) {
    Path name = path.toAbsolutePath().normalize().getFileName();
    return name == null ? "" : name.toString();
  }
}
