package io.genrec.data.ingest;

import io.genrec.api.GenRecException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipFile;

/**
 * Where a public data set's files are: in a folder, or in the zip archive as published.
 *
 * @param folder what names are relative to
 * @param archive the archive's name in the folder; empty if the files lie in the folder
 */
record RawFolder(Path folder, String archive) {

  /**
   * @param source a folder with the files, a folder with {@code <preset>.zip}, the archive, or one
   *     of the files
   */
  static RawFolder of(String preset, Path source) {
    if (Files.isDirectory(source)) {
      String archive = preset + ".zip";
      return new RawFolder(source, Files.isRegularFile(source.resolve(archive)) ? archive : "");
    }
    Path parent = source.toAbsolutePath().getParent();
    Path name = source.getFileName();
    if (!Files.isRegularFile(source) || parent == null || name == null) {
      throw new GenRecException("MissingFile", "no file or folder " + source);
    }
    return new RawFolder(parent, name.toString().endsWith(".zip") ? name.toString() : "");
  }

  /** A file as mappings name it, if it is there, plain or with {@code .gz}. */
  Optional<String> find(String file) {
    return Stream.of(file, file + ".gz")
        .filter(name -> Files.isRegularFile(folder.resolve(name)))
        .findFirst()
        .or(() -> archive.isEmpty() ? Optional.empty() : entry(file));
  }

  /**
   * A file that must be there.
   *
   * @throws GenRecException {@code MissingFile}
   */
  String require(String file) {
    return find(file)
        .orElseThrow(
            () ->
                new GenRecException(
                    "MissingFile",
                    "no "
                        + file
                        + " in "
                        + folder
                        + (archive.isEmpty() ? "" : " or in its " + archive)
                        + "; give the folder or the zip archive of the data set as published"));
  }

  /** The names of the csv files in the folder, plain or gzipped. */
  List<String> csvFiles() {
    try (Stream<Path> files = Files.list(folder)) {
      return files
          .map(file -> String.valueOf(file.getFileName()))
          .filter(name -> name.endsWith(".csv") || name.endsWith(".csv.gz"))
          .sorted()
          .toList();
    } catch (IOException e) {
      throw new GenRecException("MissingFile", "cannot list the files of " + folder, e);
    }
  }

  private Optional<String> entry(String file) {
    try (ZipFile zip = new ZipFile(folder.resolve(archive).toFile())) {
      List<String> names = zip.stream().map(ZipEntry::getName).toList();
      return names.stream()
          .filter(name -> name.equals(file) || name.endsWith("/" + file))
          .findFirst()
          .map(name -> archive + RawFile.IN_ZIP + name);
    } catch (IOException e) {
      throw new GenRecException(
          "MissingFile", folder.resolve(archive) + " is no readable zip archive", e);
    }
  }
}
