package io.genrec.falcon;

import io.genrec.api.GenRecException;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.channels.FileChannel;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.DirectoryStream;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A folder that belongs to one owner at a time, until it is closed.
 *
 * <p>Processes keep apart by a lock on a file, which the operating system gives back when a process
 * ends, however it does. But it gives it back too when the process closes <b>any</b> channel of
 * that file. So within a process nobody may even open the file while it has an owner: each first
 * makes a file that is named after the process, which succeeds only once. What a process leaves of
 * that kind when it crashes hinders nobody, and the next owner deletes it.
 */
final class FolderClaim implements AutoCloseable {
  /** What is locked. */
  static final String LOCK = "genrec-histories.lock";

  private static final Pattern CLAIM = Pattern.compile("genrec-histories-([0-9]+)-[0-9]+\\.claim");

  private final Path claim;
  private final FileChannel lock;

  private FolderClaim(Path claim, FileChannel lock) {
    this.claim = claim;
    this.lock = lock;
  }

  /**
   * Takes a folder.
   *
   * @throws GenRecException {@code [GR/FolderInUse]} if it has another owner
   */
  static FolderClaim of(Path folder) throws IOException {
    Path claim = folder.resolve(ofThisProcess());
    try {
      Files.createFile(claim);
    } catch (FileAlreadyExistsException e) {
      throw inUse(folder);
    }
    FileChannel lock = null;
    try {
      lock = Uninterrupted.run(() -> locked(folder.resolve(LOCK))).orElseThrow(() -> inUse(folder));
      deleteLeftovers(folder);
      return new FolderClaim(claim, lock);
    } catch (IOException | RuntimeException | Error e) {
      if (lock != null) {
        lock.close();
      }
      Files.deleteIfExists(claim);
      throw e;
    }
  }

  /** Numbers of processes are used again, but not within a millisecond. */
  private static String ofThisProcess() {
    long start = ManagementFactory.getRuntimeMXBean().getStartTime();
    return "genrec-histories-" + ProcessHandle.current().pid() + "-" + start + ".claim";
  }

  /** The file's channel with its lock; none if another has it. */
  private static Optional<FileChannel> locked(Path file) throws IOException {
    FileChannel channel =
        FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.WRITE);
    boolean taken = false;
    try {
      taken = channel.tryLock() != null;
      return taken ? Optional.of(channel) : Optional.empty();
    } catch (OverlappingFileLockException e) {
      return Optional.empty(); // Somebody deleted the claim of this process.
    } finally {
      if (!taken) {
        channel.close();
      }
    }
  }

  private static GenRecException inUse(Path folder) {
    return new GenRecException(
        "FolderInUse",
        "another cache keeps its histories in the folder "
            + folder
            + "; give each a folder of its own in \"disk\"");
  }

  private static void deleteLeftovers(Path folder) throws IOException {
    try (DirectoryStream<Path> files = Files.newDirectoryStream(folder)) {
      for (Path file : files) {
        Matcher name = CLAIM.matcher(String.valueOf(file.getFileName()));
        if (name.matches() && ProcessHandle.of(Long.parseLong(name.group(1))).isEmpty()) {
          Files.deleteIfExists(file);
        }
      }
    }
  }

  @Override
  public void close() {
    try {
      lock.close();
      Files.deleteIfExists(claim);
    } catch (IOException e) {
      // The folder is given back when the process ends.
    }
  }
}
