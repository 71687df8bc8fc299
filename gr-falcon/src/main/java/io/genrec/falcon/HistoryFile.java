package io.genrec.falcon;

import io.genrec.api.inference.ScoringModel;
import io.genrec.falcon.MFalconConfig.Precision;
import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.Optional;
import java.util.zip.CRC32C;

/**
 * A history's memory as a file: whose it is, the number of events before it, the hashes of its
 * beginnings, its rows as they are kept, and a checksum (CRC-32C) of all that.
 */
final class HistoryFile {
  private static final long MAGIC = 0x31574f5248524724L;
  private static final int KEY_BYTES = 32;
  private static final int FIXED_BYTES = Long.BYTES + KEY_BYTES + Long.BYTES + Integer.BYTES;

  private HistoryFile() {}

  /** What a file holds; rows are to be released. */
  record Content(MemoryRows rows, long first, long[] hashes) {}

  /** The bytes of a file. */
  static long bytes(HistoryMemory memory) {
    return headerBytes(memory.length()) + memory.rows().bytes(memory.length()) + Integer.BYTES;
  }

  private static int headerBytes(int tokens) {
    return FIXED_BYTES + Long.BYTES * tokens;
  }

  /**
   * Writes a file, also if the thread is interrupted.
   *
   * @param key 32 bytes that tell whose history it is
   */
  static void write(Path file, byte[] key, HistoryMemory memory) throws IOException {
    Uninterrupted.run(() -> written(file, key, memory));
  }

  private static Path written(Path file, byte[] key, HistoryMemory memory) throws IOException {
    CRC32C sum = new CRC32C();
    try (FileChannel channel =
        FileChannel.open(
            file,
            StandardOpenOption.CREATE,
            StandardOpenOption.TRUNCATE_EXISTING,
            StandardOpenOption.WRITE)) {
      write(channel, header(key, memory), sum);
      for (ByteBuffer rows : memory.rows().first(memory.length())) {
        write(channel, rows, sum);
      }
      ByteBuffer end = little(Integer.BYTES).putInt(0, (int) sum.getValue());
      write(channel, end, sum);
    }
    return file;
  }

  private static ByteBuffer header(byte[] key, HistoryMemory memory) {
    long[] hashes = memory.hashes();
    ByteBuffer header = little(headerBytes(hashes.length));
    header.putLong(MAGIC).put(key).putLong(memory.first()).putInt(hashes.length);
    header.asLongBuffer().put(hashes);
    return header.rewind();
  }

  private static ByteBuffer little(int bytes) {
    return ByteBuffer.allocate(bytes).order(ByteOrder.LITTLE_ENDIAN);
  }

  private static void write(FileChannel channel, ByteBuffer bytes, CRC32C sum) throws IOException {
    sum.update(bytes.duplicate());
    while (bytes.hasRemaining()) {
      channel.write(bytes);
    }
  }

  /**
   * Reads a file, also if the thread is interrupted.
   *
   * @param key whose history it must be
   * @param tokens how many tokens it must have
   * @return none if the file is damaged, or another one
   */
  static Optional<Content> read(
      Path file, byte[] key, int tokens, ScoringModel model, Precision precision)
      throws IOException {
    return Uninterrupted.run(() -> content(file, key, tokens, model, precision));
  }

  private static Optional<Content> content(
      Path file, byte[] key, int tokens, ScoringModel model, Precision precision)
      throws IOException {
    CRC32C sum = new CRC32C();
    MemoryRows rows = new MemoryRows(model, precision, HistoryRuns.capacity(tokens));
    boolean right = false;
    try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ)) {
      ByteBuffer header = little(headerBytes(tokens));
      read(channel, header, sum);
      byte[] whose = new byte[KEY_BYTES];
      boolean own = header.getLong() == MAGIC;
      header.get(whose);
      long first = header.getLong();
      own &= Arrays.equals(whose, key) && header.getInt() == tokens;
      if (!own) {
        return Optional.empty();
      }
      long[] hashes = new long[tokens];
      header.asLongBuffer().get(hashes);
      for (ByteBuffer part : rows.first(tokens)) {
        read(channel, part, sum);
      }
      int expected = (int) sum.getValue();
      ByteBuffer end = little(Integer.BYTES);
      read(channel, end, sum);
      right = end.getInt() == expected && channel.position() == channel.size();
      rows.reserve(0, tokens);
      return right ? Optional.of(new Content(rows, first, hashes)) : Optional.empty();
    } catch (EOFException e) {
      return Optional.empty();
    } finally {
      if (!right) {
        rows.release();
      }
    }
  }

  private static void read(FileChannel channel, ByteBuffer bytes, CRC32C sum) throws IOException {
    while (bytes.hasRemaining()) {
      if (channel.read(bytes) < 0) {
        throw new EOFException();
      }
    }
    bytes.flip();
    sum.update(bytes.duplicate());
  }
}
