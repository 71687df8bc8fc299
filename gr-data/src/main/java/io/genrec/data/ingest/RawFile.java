package io.genrec.data.ingest;

import io.genrec.api.GenRecException;
import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.zip.GZIPInputStream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipException;
import java.util.zip.ZipFile;

/**
 * One raw file on disk.
 *
 * @param name as the mapping names it
 * @param path where it can be read: the file itself, or the copy of a zip entry
 * @param origin the file that the user has: the file itself, or the archive
 * @param gzip whether it is gzipped
 */
record RawFile(String name, Path path, Path origin, boolean gzip) {
  /** Between archive and entry. */
  static final String IN_ZIP = "!/";

  /** An entry that unpacks to more is taken for a bomb. */
  private static final long MAX_ENTRY_BYTES = 64L << 30;

  /**
   * Finds a file. An entry of an archive is copied to a file whose name does not come from the
   * archive, so no entry can write elsewhere.
   *
   * @param folder what names are relative to
   * @param name a path or {@code archive.zip!/entry}
   * @param work where copies go
   */
  static RawFile open(Path folder, String name, Path work) throws IOException {
    int bang = name.indexOf(IN_ZIP);
    Path origin = folder.resolve(bang < 0 ? name : name.substring(0, bang));
    if (!Files.isRegularFile(origin)) {
      throw new GenRecException(
          "MissingFile",
          "raw file "
              + origin
              + " is not there or is no file; paths are relative to the mapping's folder");
    }
    Path path = bang < 0 ? origin : unpack(origin, name.substring(bang + IN_ZIP.length()), work);
    return new RawFile(name, path.toAbsolutePath(), origin, isGzip(path));
  }

  private static Path unpack(Path archive, String name, Path work) throws IOException {
    try (ZipFile zip = new ZipFile(archive.toFile())) {
      ZipEntry entry = zip.getEntry(name);
      if (entry == null || entry.isDirectory()) {
        List<String> names = zip.stream().map(ZipEntry::getName).limit(50).toList();
        throw new GenRecException(
            "MissingFile",
            "no entry \""
                + name
                + "\" in "
                + archive
                + "; "
                + GenRecException.knownNames(name, names));
      }
      Path copy = Files.createTempFile(work, "entry", ".raw");
      try (InputStream in = zip.getInputStream(entry);
          OutputStream out = Files.newOutputStream(copy)) {
        copy(in, out, archive + IN_ZIP + name);
      }
      return copy;
    } catch (ZipException e) {
      throw new GenRecException(
          "UnparsableRow", archive + " is no readable zip archive: " + e.getMessage(), e);
    }
  }

  private static void copy(InputStream in, OutputStream out, String what) throws IOException {
    byte[] chunk = new byte[1 << 16];
    long bytes = 0;
    for (int n = in.read(chunk); n >= 0; n = in.read(chunk)) {
      bytes += n;
      if (bytes > MAX_ENTRY_BYTES) {
        throw new GenRecException(
            "UnparsableRow",
            what + " unpacks to more than " + MAX_ENTRY_BYTES + " bytes; unpack it");
      }
      out.write(chunk, 0, n);
    }
  }

  private static boolean isGzip(Path path) throws IOException {
    try (InputStream in = Files.newInputStream(path)) {
      return in.read() == 0x1f && in.read() == 0x8b;
    }
  }

  /** The unpacked bytes. */
  InputStream read() throws IOException {
    InputStream in = Files.newInputStream(path);
    try {
      return new BufferedInputStream(gzip ? new GZIPInputStream(in, 1 << 16) : in, 1 << 16);
    } catch (IOException e) {
      in.close();
      throw e;
    }
  }
}
