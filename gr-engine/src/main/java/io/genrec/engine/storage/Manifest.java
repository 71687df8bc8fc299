package io.genrec.engine.storage;

import io.genrec.api.GenRecException;
import io.genrec.api.config.StrictConfig;
import io.genrec.api.storage.Checksum;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import org.apiguardian.api.API;
import org.jspecify.annotations.Nullable;

/**
 * What a directory holds: every file's size and checksum, kept in its {@code checksums.json}, which
 * is written last. Files that the manifest does not list are nobody's and are never read.
 *
 * @param version the layout of this file, {@link #VERSION}
 * @param files the files, by name
 */
@API(status = API.Status.STABLE, since = "0.1")
public record Manifest(int version, List<FileSum> files) {
  /** The layout that this library writes and reads. */
  public static final int VERSION = 1;

  /** The manifest's own file name. */
  public static final String FILE = "checksums.json";

  /** Checks the version and that no file is listed twice. */
  public Manifest {
    if (version != VERSION) {
      throw new GenRecException(
          "UnsupportedBundle",
          "version "
              + version
              + " of "
              + FILE
              + "; this library reads version "
              + VERSION
              + ": use the library that wrote it or write it again");
    }
    files = List.copyOf(files);
    Set<String> names = new HashSet<>();
    for (FileSum file : files) {
      if (!names.add(file.name())) {
        throw new IllegalArgumentException("files lists \"" + file.name() + "\" twice");
      }
    }
  }

  /**
   * Sums up every file below a directory and writes {@code checksums.json} into it.
   *
   * @param directory a directory that is being written
   * @throws IOException if a file cannot be read or the manifest cannot be written
   */
  public static Manifest write(Path directory) throws IOException {
    List<Path> found;
    try (Stream<Path> tree = Files.walk(directory)) {
      found = tree.filter(Files::isRegularFile).toList();
    }
    Path own = directory.resolve(FILE);
    List<FileSum> files = new ArrayList<>();
    for (Path file : found) {
      if (!file.equals(own)) {
        files.add(
            new FileSum(FileNames.of(directory, file), Files.size(file), Checksum.sha256(file)));
      }
    }
    files.sort(Comparator.comparing(FileSum::name));
    Manifest manifest = new Manifest(VERSION, files);
    Files.writeString(own, StrictConfig.toJson(manifest), StandardCharsets.UTF_8);
    return manifest;
  }

  /**
   * Reads a directory's manifest; checks nothing else.
   *
   * @param directory the directory
   * @throws GenRecException {@code CorruptBundle} if the manifest is missing or damaged, {@code
   *     UnsupportedBundle} if its version is unknown
   */
  public static Manifest read(Path directory) {
    Path file = directory.resolve(FILE);
    if (!Files.isRegularFile(file)) {
      throw corrupt(directory, FILE, "a manifest", "none: it was not written to its end", null);
    }
    try {
      return StrictConfig.read(file).as(Manifest.class);
    } catch (GenRecException e) {
      if (e.id().equals("UnsupportedBundle")) {
        throw e;
      }
      throw corrupt(directory, FILE, "a list of files", String.valueOf(e.getMessage()), e);
    }
  }

  /**
   * Checks every file against the manifest: sizes first, then checksums.
   *
   * @param directory where the files are
   * @throws GenRecException {@code CorruptBundle} naming the file, what was expected and what was
   *     found
   */
  public void verify(Path directory) {
    files.forEach(file -> verifySize(directory, file));
    files.forEach(file -> verifySum(directory, file));
  }

  /**
   * Checks one file against the manifest.
   *
   * @param directory where the files are
   * @param name the file's name
   * @throws GenRecException {@code CorruptBundle}, also if the manifest does not list the file
   */
  public void verify(Path directory, String name) {
    FileSum file =
        find(name)
            .orElseThrow(
                () ->
                    corrupt(
                        directory, name, "it among the files", "no such file in " + FILE, null));
    verifySize(directory, file);
    verifySum(directory, file);
  }

  /** What the manifest says of a file, if it lists it. */
  public Optional<FileSum> find(String name) {
    return files.stream().filter(file -> file.name().equals(name)).findFirst();
  }

  private static void verifySize(Path directory, FileSum file) {
    Path path = directory.resolve(file.name());
    if (!Files.isRegularFile(path)) {
      throw corrupt(directory, file.name(), file.bytes() + " bytes", "no such file", null);
    }
    try {
      long bytes = Files.size(path);
      if (bytes != file.bytes()) {
        throw corrupt(directory, file.name(), file.bytes() + " bytes", bytes + " bytes", null);
      }
    } catch (IOException e) {
      throw TensorErrors.unreadable(path, e);
    }
  }

  private static void verifySum(Path directory, FileSum file) {
    String found = Checksum.sha256(directory.resolve(file.name()));
    if (!found.equals(file.sha256())) {
      throw corrupt(
          directory, file.name(), "sha256 " + file.sha256(), "sha256 " + found + ", altered", null);
    }
  }

  static GenRecException corrupt(
      Path directory, String name, String expected, String found, @Nullable Throwable cause) {
    return new GenRecException(
        "CorruptBundle",
        "file "
            + name
            + " of "
            + directory
            + ": expected "
            + expected
            + ", found "
            + found
            + "; copy or write the whole directory again",
        cause);
  }
}
