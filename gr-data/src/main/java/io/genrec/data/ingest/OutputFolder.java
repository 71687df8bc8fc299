package io.genrec.data.ingest;

import io.genrec.api.GenRecException;
import io.genrec.api.storage.AtomicDirectory;
import io.genrec.api.storage.IfExists;
import io.genrec.data.DatasetFiles;
import java.nio.file.Files;
import java.nio.file.Path;

/** A data set's folder, which appears whole or not at all, and a folder to work in beside it. */
final class OutputFolder implements AutoCloseable {
  private final AtomicDirectory content;
  private final AtomicDirectory work;

  private OutputFolder(AtomicDirectory content, AtomicDirectory work) {
    this.content = content;
    this.work = work;
  }

  /**
   * @throws GenRecException {@code OutputExists}, {@code WriteFailed}
   */
  static OutputFolder create(Path output, boolean overwrite) {
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
    if (target.getParent() == null) {
      throw new GenRecException("OutputExists", target + " has no parent; choose another folder");
    }
    AtomicDirectory content =
        AtomicDirectory.create(target, overwrite ? IfExists.REPLACE : IfExists.FAIL);
    try {
      Path work = target.resolveSibling(target.getFileName() + ".work");
      return new OutputFolder(content, AtomicDirectory.create(work, IfExists.REPLACE));
    } catch (RuntimeException e) {
      content.close();
      throw e;
    }
  }

  /** Where the files of the data set go. */
  Path content() {
    return content.path();
  }

  /** For files that are needed only until the end. */
  Path work() {
    return work.path();
  }

  void commit() {
    content.commit();
  }

  /** Removes everything but the data set itself, if it was committed. */
  @Override
  public void close() {
    work.close();
    content.close();
  }
}
