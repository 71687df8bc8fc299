package io.genrec.api.storage;

import io.genrec.api.GenRecException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import org.apiguardian.api.API;

/** Fingerprints of files. */
@API(status = API.Status.STABLE, since = "0.1")
public final class Checksum {
  private static final int CHUNK_BYTES = 1 << 16;

  private Checksum() {}

  /**
   * The SHA-256 of a file's bytes, read once in small chunks.
   *
   * @param file the file
   * @return 64 lower-case hexadecimal digits
   * @throws GenRecException {@code ReadFailed} if the file cannot be read
   */
  public static String sha256(Path file) {
    MessageDigest digest = digest();
    byte[] chunk = new byte[CHUNK_BYTES];
    try (InputStream in = Files.newInputStream(file)) {
      for (int n = in.read(chunk); n >= 0; n = in.read(chunk)) {
        digest.update(chunk, 0, n);
      }
    } catch (IOException e) {
      throw new GenRecException("ReadFailed", "cannot read " + file + ": " + e, e);
    }
    return HexFormat.of().formatHex(digest.digest());
  }

  /**
   * The SHA-256 of some bytes.
   *
   * @param bytes the bytes
   * @return 64 lower-case hexadecimal digits
   */
  public static String sha256(byte[] bytes) {
    return HexFormat.of().formatHex(digest().digest(bytes));
  }

  /**
   * The SHA-256 of a text's UTF-8 bytes.
   *
   * @param text the text
   * @return 64 lower-case hexadecimal digits
   */
  public static String sha256(String text) {
    return sha256(text.getBytes(StandardCharsets.UTF_8));
  }

  private static MessageDigest digest() {
    try {
      return MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java platform has SHA-256", e);
    }
  }
}
