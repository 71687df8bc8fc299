package io.genrec.falcon;

import io.genrec.api.GenRecException;
import io.genrec.api.inference.CacheStatistics;
import io.genrec.api.inference.ScoringModel;
import io.genrec.falcon.HistoryCache.Key;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.security.SecureRandom;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Histories that left the memory, as files in a folder: bounded in bytes, the least recently used
 * leaves first. What is there is known by a list in the Java heap alone, so a file that nobody
 * wrote is never read, and the files of an earlier process are deleted. Names are hashes with a
 * salt of this process, from which no user can be guessed.
 *
 * <p>Thread-safe. No lock is held while files are read, written or deleted: a file's bytes count
 * until it is gone.
 */
final class DiskTier implements AutoCloseable {
  private static final Pattern NAME = Pattern.compile("[0-9a-f]{64}-[0-9]+\\.history(\\.tmp)?");

  private final Path folder;
  private final long maxBytes;
  private final MFalconConfig.Precision precision;
  private final ScoringModel model;
  private final HistoryRuns histories;
  private final FolderClaim claim;
  private final byte[] salt = new byte[16];
  private final LinkedHashMap<Key, Stored> stored = new LinkedHashMap<>(16, 0.75f, true);
  private final Map<Key, Spill> writing = new HashMap<>();
  private long number;
  private long bytes;
  private long spills;
  private long evictions;
  private long failures;

  /** A file. */
  record Stored(Path file, long bytes, long first, int tokens, long hash) {
    static Stored of(Path file, HistoryMemory memory) {
      int tokens = memory.length();
      long hash = tokens == 0 ? 0 : memory.hashes()[tokens - 1];
      return new Stored(file, HistoryFile.bytes(memory), memory.first(), tokens, hash);
    }

    boolean isOf(HistoryMemory memory) {
      return equals(of(file, memory));
    }

    /** Whether it may be of use; a longer one has to be read to know. */
    boolean mayBegin(long[] hashes) {
      return tokens == 0 || tokens > hashes.length || hashes[tokens - 1] == hash;
    }
  }

  private DiskTier(
      MFalconConfig.Disk disk,
      MFalconConfig.Precision precision,
      ScoringModel model,
      HistoryRuns histories,
      FolderClaim claim) {
    this.folder = Path.of(disk.folder());
    this.maxBytes = disk.bytes();
    this.precision = precision;
    this.model = model;
    this.histories = histories;
    this.claim = claim;
    new SecureRandom().nextBytes(salt);
  }

  /**
   * Takes a folder, and deletes the files that an earlier owner left.
   *
   * @param histories gives histories their order of products
   * @throws GenRecException {@code [GR/WriteFailed]} for a folder that cannot be made or written;
   *     {@code [GR/FolderInUse]} if another strategy has it
   */
  static DiskTier open(
      MFalconConfig.Disk disk,
      MFalconConfig.Precision precision,
      ScoringModel model,
      HistoryRuns histories) {
    Path folder = Path.of(disk.folder());
    try {
      Files.createDirectories(folder);
      FolderClaim claim = FolderClaim.of(folder);
      try {
        deleteFiles(folder);
        return new DiskTier(disk, precision, model, histories, claim);
      } catch (IOException | RuntimeException | Error e) {
        claim.close();
        throw e;
      }
    } catch (IOException e) {
      throw new GenRecException(
          "WriteFailed",
          "cannot keep histories in the folder "
              + folder
              + ": "
              + e
              + "; make it writable, or name another folder in \"disk\"",
          e);
    }
  }

  private static void deleteFiles(Path folder) throws IOException {
    try (DirectoryStream<Path> files =
        Files.newDirectoryStream(
            folder, file -> NAME.matcher(String.valueOf(file.getFileName())).matches())) {
      for (Path file : files) {
        Files.deleteIfExists(file);
      }
    }
  }

  /** A history on its way to a file. */
  final class Spill {
    private final Key key;
    private final HistoryMemory memory;
    private final Stored target;

    private Spill(Key key, HistoryMemory memory, Stored target) {
      this.key = key;
      this.memory = memory;
      this.target = target;
    }

    /**
     * Writes the file, unless the user was forgotten meanwhile, and gives the memory back. A
     * history that cannot be written is forgotten, and counted as a failure.
     */
    void run() {
      try {
        if (reserve(target.bytes())) {
          boolean written = false;
          try {
            written = written();
          } finally {
            settle(this, written);
          }
        }
      } finally {
        memory.release();
        ended(this);
      }
    }

    private boolean written() {
      Path temporary = folder.resolve(target.file().getFileName() + ".tmp");
      boolean done = false;
      try {
        HistoryFile.write(temporary, hash(key), memory);
        Files.move(temporary, target.file(), StandardCopyOption.ATOMIC_MOVE);
        done = true;
      } catch (IOException | RuntimeException | OutOfMemoryError e) {
        // A disk that is full, or gone, costs hits and no answer; Java copies small buffers to
        // write.
      } finally {
        if (!done) {
          delete(temporary);
        }
      }
      return done;
    }
  }

  /**
   * Announces a history that leaves the memory; nothing is written yet.
   *
   * @param memory is released when the spill has run
   * @return none if the same is there already; the caller keeps its reference then
   */
  synchronized Optional<Spill> spill(Key key, HistoryMemory memory) {
    Stored known = stored.get(key);
    if (known != null && known.isOf(memory)) {
      return Optional.empty();
    }
    String name = HexFormat.of().formatHex(hash(key)) + "-" + number++ + ".history";
    Spill spill = new Spill(key, memory, Stored.of(folder.resolve(name), memory));
    writing.put(key, spill);
    return Optional.of(spill);
  }

  private boolean reserve(long wanted) {
    while (wanted <= maxBytes) {
      Stored eldest;
      synchronized (this) {
        if (bytes + wanted <= maxBytes) {
          bytes += wanted;
          return true;
        }
        Iterator<Stored> files = stored.values().iterator();
        if (!files.hasNext()) {
          return false; // All room is taken by files that are being written or deleted.
        }
        eldest = files.next();
        files.remove();
        evictions++;
      }
      remove(eldest);
    }
    return false;
  }

  private void settle(Spill spill, boolean written) {
    Stored before = null;
    boolean kept;
    synchronized (this) {
      failures += written ? 0 : 1;
      kept = written && writing.get(spill.key) == spill;
      if (kept) {
        before = stored.put(spill.key, spill.target);
        spills++;
      }
    }
    if (!kept) {
      remove(spill.target);
    } else if (before != null) {
      remove(before);
    }
  }

  private synchronized void ended(Spill spill) {
    writing.remove(spill.key, spill);
  }

  /**
   * Reads what there is of a user's history.
   *
   * @param hashes one for each beginning of what is wanted
   * @return to be released; null for none that may be of use
   */
  @Nullable HistoryMemory read(Key key, long[] hashes) {
    Stored found;
    synchronized (this) {
      found = stored.get(key);
    }
    if (found == null || !found.mayBegin(hashes)) {
      return null;
    }
    Optional<HistoryFile.Content> content;
    try {
      content = HistoryFile.read(found.file(), hash(key), found.tokens(), model, precision);
    } catch (IOException e) {
      content = Optional.empty();
    }
    if (content.isEmpty()) {
      damaged(key, found);
      return null;
    }
    return memory(content.get());
  }

  private HistoryMemory memory(HistoryFile.Content content) {
    try {
      return histories.finished(content.rows(), content.first(), content.hashes());
    } catch (RuntimeException | Error e) {
      content.rows().release();
      throw e;
    }
  }

  private void damaged(Key key, Stored found) {
    boolean still;
    synchronized (this) {
      still = stored.remove(key, found);
      failures += still ? 1 : 0;
    }
    // Otherwise it had to leave while it was read.
    if (still) {
      remove(found);
    }
  }

  /**
   * Forgets a user at once, also one whose history is being written.
   *
   * @return the file to {@link #remove}
   */
  synchronized Optional<Stored> forget(Key key) {
    writing.remove(key);
    return Optional.ofNullable(stored.remove(key));
  }

  /** Deletes a file that nothing refers to any more. */
  void remove(Stored file) {
    delete(file.file());
    synchronized (this) {
      bytes -= file.bytes();
    }
  }

  private static void delete(Path file) {
    try {
      Files.deleteIfExists(file);
    } catch (IOException e) {
      // Nothing refers to it; whoever opens the folder next deletes it.
    }
  }

  private byte[] hash(Key key) {
    try {
      MessageDigest digest = MessageDigest.getInstance("SHA-256");
      digest.update(salt);
      digest.update((key.model() + "\n" + key.user()).getBytes(StandardCharsets.UTF_8));
      return digest.digest();
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java platform has SHA-256", e);
    }
  }

  /**
   * What it did.
   *
   * @param hits how often what was read was of use
   */
  synchronized CacheStatistics.Disk statistics(long hits) {
    return new CacheStatistics.Disk(hits, spills, evictions, failures, stored.size(), bytes);
  }

  /** Deletes all files and gives the folder back. */
  @Override
  public void close() {
    List<Stored> files;
    synchronized (this) {
      files = List.copyOf(stored.values());
      stored.clear();
    }
    files.forEach(this::remove);
    claim.close();
  }
}
