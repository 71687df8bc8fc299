package io.genrec.api.storage;

import io.genrec.api.GenRecException;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import org.apiguardian.api.API;

/**
 * One file written all or nothing: into a temporary file in the same directory, which is forced to
 * the disk and renamed to the target by {@link #commit}. Without a commit nothing is left behind.
 *
 * <pre>{@code
 * AtomicFile.write(path, IfExists.REPLACE, out -> out.write(bytes));
 *
 * try (AtomicFile file = AtomicFile.create(path, IfExists.FAIL)) {
 *   arrowWriter(file.channel());
 *   file.commit();
 * }
 * }</pre>
 *
 * <p>Not thread-safe. {@link IfExists#FAIL} is checked at the start and again before the rename;
 * two processes that write one target at the same moment are not kept apart.
 */
@API(status = API.Status.STABLE, since = "0.1")
public final class AtomicFile implements AutoCloseable {
  private static final int BUFFER_BYTES = 1 << 16;

  private final Path target;
  private final IfExists ifExists;
  private final Path temporary;
  private final FileChannel channel;
  private final OutputStream stream;
  private boolean committed;

  private AtomicFile(Path target, IfExists ifExists, Path temporary, FileChannel channel) {
    this.target = target;
    this.ifExists = ifExists;
    this.temporary = temporary;
    this.channel = channel;
    this.stream = new BufferedOutputStream(Channels.newOutputStream(channel), BUFFER_BYTES);
  }

  /**
   * Starts a file. Missing directories above it are made.
   *
   * @param target where the file will appear
   * @param ifExists what to do if it is there already
   * @throws GenRecException {@code OutputExists}, or {@code WriteFailed} if the directory cannot be
   *     written
   */
  public static AtomicFile create(Path target, IfExists ifExists) {
    refuseExisting(target, ifExists);
    try {
      Files.createDirectories(Leftovers.parent(target));
      Leftovers.recover(target);
      Path temporary = Leftovers.unfinished(target);
      FileChannel channel =
          FileChannel.open(temporary, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE);
      return new AtomicFile(target, ifExists, temporary, channel);
    } catch (IOException e) {
      throw WriteErrors.failed(target, e);
    }
  }

  /**
   * Writes a whole file.
   *
   * @param target where the file will appear
   * @param ifExists what to do if it is there already
   * @param content writes the file's bytes into a buffered stream
   * @throws GenRecException {@code OutputExists}, or {@code WriteFailed} if the bytes cannot be
   *     written
   */
  public static void write(Path target, IfExists ifExists, Content<OutputStream> content) {
    try (AtomicFile file = create(target, ifExists)) {
      content.writeTo(file.stream());
      file.commit();
    } catch (IOException e) {
      throw WriteErrors.failed(target, e);
    }
  }

  /** A buffered stream into the file; use this or {@link #channel}, not both. */
  public OutputStream stream() {
    return stream;
  }

  /** The channel into the file; use this or {@link #stream}, not both. */
  public FileChannel channel() {
    return channel;
  }

  /**
   * Forces the bytes to the disk and gives the file its name.
   *
   * @throws GenRecException {@code WriteFailed}, or {@code OutputExists} if the target has appeared
   *     in the meantime
   */
  public void commit() {
    try {
      // A caller's writer may have closed the channel, and flushed the stream with it.
      if (channel.isOpen()) {
        stream.flush();
        channel.force(true);
        channel.close();
      } else {
        try (FileChannel again = FileChannel.open(temporary, StandardOpenOption.WRITE)) {
          again.force(true);
        }
      }
      refuseExisting(target, ifExists);
      Durable.rename(temporary, target);
      committed = true;
      Durable.syncDirectory(Leftovers.parent(target));
    } catch (IOException e) {
      throw WriteErrors.failed(target, e);
    }
  }

  /** Removes what was written if there was no commit. */
  @Override
  public void close() {
    if (!committed) {
      try {
        channel.close();
      } catch (IOException e) {
        // The bytes are thrown away: only the file's removal matters.
      }
      Leftovers.deleteQuietly(temporary);
    }
  }

  private static void refuseExisting(Path target, IfExists ifExists) {
    if (ifExists == IfExists.FAIL && Files.exists(target, LinkOption.NOFOLLOW_LINKS)) {
      throw WriteErrors.exists(target);
    }
  }
}
