package io.genrec.data;

import io.genrec.api.GenRecException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;
import java.util.stream.Stream;
import org.apiguardian.api.API;

/** The files of a data set's folder, and the hash over them. */
@API(status = API.Status.INTERNAL, since = "0.1")
public final class DatasetFiles {
  /** One row per user: raw id, list columns per event field, plain columns per user field. */
  public static final String SEQUENCES = "sequences.arrow";

  /** Items that have too few events for a row so far, in the form of a vocabulary. */
  public static final String WAITING = "waiting-item.arrow";

  /** The description: {@link DatasetInfo} as JSON. */
  public static final String INFO = "dataset.json";

  /** Users per record batch of {@link #SEQUENCES}; only the last batch may have fewer. */
  public static final int USERS_PER_BATCH = 4096;

  private static final int CHUNK = 1 << 20;

  private DatasetFiles() {}

  /** The file of a field's vocabulary, for example {@code vocabulary-item.arrow}. */
  public static String vocabulary(String field) {
    return "vocabulary-" + field + ".arrow";
  }

  /**
   * SHA-256, in hex, over every Arrow file of a folder in the order of their names: name, a zero
   * byte, length as 8 bytes big-endian, bytes. The description is not part of it.
   *
   * @param folder a data set's folder
   * @throws GenRecException {@code CorruptDataset} if a file cannot be read
   */
  public static String contentHash(Path folder) {
    MessageDigest digest = sha256();
    try (Stream<Path> entries = Files.list(folder)) {
      List<Path> files =
          entries
              .filter(file -> file.getFileName().toString().endsWith(".arrow"))
              .sorted()
              .toList();
      for (Path file : files) {
        digest.update(file.getFileName().toString().getBytes(StandardCharsets.UTF_8));
        digest.update((byte) 0);
        digest.update(ByteBuffer.allocate(Long.BYTES).putLong(Files.size(file)).array());
        update(digest, file);
      }
    } catch (IOException e) {
      throw new GenRecException("CorruptDataset", "cannot read the files of " + folder, e);
    }
    return HexFormat.of().formatHex(digest.digest());
  }

  /** SHA-256 of one file in hex. */
  public static String sha256(Path file) throws IOException {
    MessageDigest digest = sha256();
    update(digest, file);
    return HexFormat.of().formatHex(digest.digest());
  }

  private static void update(MessageDigest digest, Path file) throws IOException {
    byte[] chunk = new byte[CHUNK];
    try (InputStream in = Files.newInputStream(file)) {
      for (int n = in.read(chunk); n >= 0; n = in.read(chunk)) {
        digest.update(chunk, 0, n);
      }
    }
  }

  private static MessageDigest sha256() {
    try {
      return MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every JVM has SHA-256", e);
    }
  }
}
