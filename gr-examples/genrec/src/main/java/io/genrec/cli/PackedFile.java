package io.genrec.cli;

import io.genrec.api.GenRecException;
import io.genrec.api.storage.AtomicFile;
import io.genrec.api.storage.IfExists;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.function.UnaryOperator;
import java.util.zip.GZIPInputStream;
import java.util.zip.GZIPOutputStream;

/**
 * A small file of numbers that belongs to a finished cell: gzip, whose checksum is looked at when
 * it is read.
 */
final class PackedFile {
  private static final int[] SHIFTS = {24, 16, 8, 0};
  private static final int BYTE = 0xFF;

  private PackedFile() {}

  /** Writes what a file holds. */
  @FunctionalInterface
  interface Writer {
    void write(DataOutputStream out) throws IOException;
  }

  /** Reads what a file holds, and no more. */
  @FunctionalInterface
  interface Reader<T> {
    T read(DataInputStream in) throws IOException;
  }

  /**
   * Writes a file.
   *
   * @throws GenRecException {@code [GR/OutputExists]}, {@code [GR/WriteFailed]}
   */
  static void write(Path file, IfExists ifExists, Writer content) {
    AtomicFile.write(
        file,
        ifExists,
        out -> {
          GZIPOutputStream gzip = new GZIPOutputStream(out);
          DataOutputStream data = new DataOutputStream(gzip);
          content.write(data);
          data.flush();
          gzip.finish();
        });
  }

  /**
   * Reads a file.
   *
   * @param message what to say of a damaged file, from what is wrong with it
   * @throws GenRecException {@code [GR/CorruptResult]} if it is damaged or not there
   */
  static <T> T read(Path file, UnaryOperator<String> message, Reader<T> content) {
    try (DataInputStream in =
        new DataInputStream(new GZIPInputStream(Files.newInputStream(file)))) {
      T read = content.read(in);
      // The end has the checksum of all.
      if (in.read() >= 0) {
        throw new IOException("there is more than the header says");
      }
      return read;
    } catch (IOException | GenRecException e) {
      throw new GenRecException("CorruptResult", message.apply(String.valueOf(e.getMessage())), e);
    }
  }

  /** What to say of a damaged file that only intervals need. */
  static UnaryOperator<String> onlyForIntervals(String what, Path file) {
    return wrong ->
        what
            + " "
            + file
            + " are damaged: "
            + wrong
            + "; delete the file: its cell then has metrics but takes no part in intervals";
  }

  /** Writes whole numbers: first the largest byte of all, then the next byte of all. */
  static void writeInts(OutputStream out, int[] numbers) throws IOException {
    byte[] bytes = new byte[numbers.length];
    for (int shift : SHIFTS) {
      for (int i = 0; i < numbers.length; i++) {
        bytes[i] = (byte) (numbers[i] >>> shift);
      }
      out.write(bytes);
    }
  }

  /** Reads what {@link #writeInts} wrote. */
  static int[] readInts(DataInputStream in, int count) throws IOException {
    int[] numbers = new int[count];
    for (int shift : SHIFTS) {
      byte[] bytes = readBytes(in, count);
      for (int i = 0; i < count; i++) {
        numbers[i] |= (bytes[i] & BYTE) << shift;
      }
    }
    return numbers;
  }

  /** Reads so many bytes. */
  static byte[] readBytes(DataInputStream in, int count) throws IOException {
    byte[] bytes = in.readNBytes(count);
    if (bytes.length < count) {
      throw new EOFException("it ends too early");
    }
    return bytes;
  }
}
