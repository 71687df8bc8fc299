package io.genrec.api.storage;

import io.genrec.api.GenRecException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import org.apiguardian.api.API;

/**
 * One directory written all or nothing: the caller fills a temporary sibling; {@link #commit}
 * forces every file to the disk and renames the sibling to the target. Without a commit nothing is
 * left behind.
 *
 * <p>File systems cannot swap two directories in one step: replacing moves the old one aside, gives
 * the new one its name and then deletes the old one. A process killed between the two renames
 * leaves the old one aside; {@link Leftovers#recover} (which every write and every reader of this
 * library calls) puts it back.
 *
 * <p>Not thread-safe.
 */
@API(status = API.Status.STABLE, since = "0.1")
public final class AtomicDirectory implements AutoCloseable {
  private final Path target;
  private final IfExists ifExists;
  private final Path temporary;
  private boolean committed;

  private AtomicDirectory(Path target, IfExists ifExists, Path temporary) {
    this.target = target;
    this.ifExists = ifExists;
    this.temporary = temporary;
  }

  /**
   * Starts a directory. Missing directories above it are made.
   *
   * @param target where the directory will appear
   * @param ifExists what to do if it is there already
   * @throws GenRecException {@code OutputExists}, or {@code WriteFailed} if the directory above
   *     cannot be written
   */
  public static AtomicDirectory create(Path target, IfExists ifExists) {
    try {
      Files.createDirectories(Leftovers.parent(target));
      Leftovers.recover(target);
      refuseExisting(target, ifExists);
      Path temporary = Leftovers.unfinished(target);
      Files.createDirectory(temporary);
      return new AtomicDirectory(target, ifExists, temporary);
    } catch (IOException e) {
      throw WriteErrors.failed(target, e);
    }
  }

  /**
   * Writes a whole directory.
   *
   * @param target where the directory will appear
   * @param ifExists what to do if it is there already
   * @param content fills the directory whose path it is given
   * @throws GenRecException {@code OutputExists}, or {@code WriteFailed} if a file cannot be
   *     written
   */
  public static void write(Path target, IfExists ifExists, Content<Path> content) {
    try (AtomicDirectory directory = create(target, ifExists)) {
      content.writeTo(directory.path());
      directory.commit();
    } catch (IOException e) {
      throw WriteErrors.failed(target, e);
    }
  }

  /**
   * Deletes a directory so that a killed run leaves it whole or gone, never in part.
   *
   * @param target the directory; nothing happens if it is not there
   * @throws GenRecException {@code WriteFailed} if it cannot be moved out of the way
   */
  public static void delete(Path target) {
    if (Files.notExists(target)) {
      return;
    }
    Path doomed = Leftovers.unfinished(target);
    try {
      Durable.rename(target, doomed);
    } catch (IOException e) {
      throw WriteErrors.failed(target, e);
    }
    Leftovers.deleteQuietly(doomed);
  }

  /** The directory to fill; it moves to the target with {@link #commit}. */
  public Path path() {
    return temporary;
  }

  /**
   * Forces every file to the disk and gives the directory its name.
   *
   * @throws GenRecException {@code WriteFailed}, or {@code OutputExists} if the target has appeared
   *     in the meantime
   */
  public void commit() {
    try {
      Durable.syncTree(temporary);
      refuseExisting(target, ifExists);
      if (Files.exists(target, LinkOption.NOFOLLOW_LINKS)) {
        replace();
      } else {
        Durable.rename(temporary, target);
        committed = true;
        Durable.syncDirectory(Leftovers.parent(target));
      }
    } catch (IOException e) {
      throw WriteErrors.failed(target, e);
    }
  }

  /** Removes what was written if there was no commit. */
  @Override
  public void close() {
    if (!committed) {
      Leftovers.deleteQuietly(temporary);
    }
  }

  private void replace() throws IOException {
    Path aside = Leftovers.replaced(target);
    Durable.rename(target, aside);
    try {
      Durable.rename(temporary, target);
    } catch (IOException e) {
      Durable.rename(aside, target);
      throw e;
    }
    committed = true;
    Durable.syncDirectory(Leftovers.parent(target));
    Leftovers.deleteQuietly(aside);
  }

  private static void refuseExisting(Path target, IfExists ifExists) {
    if (ifExists == IfExists.FAIL && Files.exists(target, LinkOption.NOFOLLOW_LINKS)) {
      throw WriteErrors.exists(target);
    }
  }
}
