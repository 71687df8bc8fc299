package io.genrec.data.ingest;

import io.genrec.api.GenRecException;
import io.genrec.data.DatasetFiles;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;

/**
 * A folder that appears whole or not at all: it is filled under another name beside its place and
 * moved there at the end.
 */
final class OutputFolder implements AutoCloseable {
  private final Path target;
  private final Path hidden;
  private final Path content;
  private final Path work;

  private OutputFolder(Path target, Path hidden) throws IOException {
    this.target = target;
    this.hidden = hidden;
    this.content = Files.createDirectory(hidden.resolve("content"));
    this.work = Files.createDirectory(hidden.resolve("work"));
  }

  /**
   * @throws GenRecException {@code OutputExists}
   */
  static OutputFolder create(Path output, boolean overwrite) throws IOException {
    Path target = output.toAbsolutePath().normalize();
    if (Files.exists(target)) {
      if (!overwrite) {
        throw new GenRecException(
            "OutputExists", target + " exists; choose another folder or ask to overwrite");
      }
      if (!Files.isRegularFile(target.resolve(DatasetFiles.INFO))) {
        throw new GenRecException(
            "OutputExists",
            target + " exists and is no data set, so it is not overwritten; choose another folder");
      }
    }
    Path parent = target.getParent();
    if (parent == null) {
      throw new GenRecException("OutputExists", target + " has no parent; choose another folder");
    }
    Files.createDirectories(parent);
    return new OutputFolder(
        target, Files.createTempDirectory(parent, "." + target.getFileName() + "-"));
  }

  /** Where the files of the data set go. */
  Path content() {
    return content;
  }

  /** For files that are needed only until the end. */
  Path work() {
    return work;
  }

  void commit() throws IOException {
    try (Stream<Path> files = Files.list(content)) {
      for (Path file : files.toList()) {
        force(file);
      }
    }
    force(content);
    if (Files.exists(target)) {
      Path old = hidden.resolve("old");
      Files.move(target, old, StandardCopyOption.ATOMIC_MOVE);
      try {
        Files.move(content, target, StandardCopyOption.ATOMIC_MOVE);
      } catch (IOException e) {
        Files.move(old, target, StandardCopyOption.ATOMIC_MOVE);
        throw e;
      }
    } else {
      Files.move(content, target, StandardCopyOption.ATOMIC_MOVE);
    }
    Path parent = target.getParent();
    if (parent != null) {
      force(parent);
    }
  }

  private static void force(Path path) throws IOException {
    if (Files.isDirectory(path) && path.getFileSystem().getSeparator().equals("\\")) {
      return; // Windows cannot open folders, and needs no force for them
    }
    try (FileChannel channel = FileChannel.open(path, StandardOpenOption.READ)) {
      channel.force(true);
    }
  }

  /** Removes everything but the data set itself, if it was committed. */
  @Override
  public void close() throws IOException {
    try (Stream<Path> paths = Files.walk(hidden)) {
      List<Path> deepestFirst = paths.sorted(Comparator.reverseOrder()).toList();
      for (Path path : deepestFirst) {
        Files.deleteIfExists(path);
      }
    }
  }
}
