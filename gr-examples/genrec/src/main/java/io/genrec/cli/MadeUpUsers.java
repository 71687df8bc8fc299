package io.genrec.cli;

import com.google.common.io.MoreFiles;
import com.google.common.io.RecursiveDeleteOption;
import io.genrec.api.GenRecException;
import io.genrec.api.sequence.Histories;
import io.genrec.api.sequence.History;
import io.genrec.data.SequenceDataset;
import io.genrec.data.synthetic.UniformUsers;
import io.genrec.engine.run.TrainingData;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.apache.arrow.memory.BufferAllocator;

/**
 * Made-up users in a folder of their own, which is deleted in the end.
 *
 * @param folder the data set's
 * @param data read in place
 */
record MadeUpUsers(Path folder, SequenceDataset data) implements Histories, AutoCloseable {
  /**
   * Writes and opens a data set.
   *
   * @throws GenRecException {@code [GR/WriteFailed]} if there is no room
   */
  static MadeUpUsers write(int users, int events, int items, BufferAllocator memory) {
    try {
      Path folder = Files.createTempDirectory("genrec-users");
      try {
        new UniformUsers(users, events, items).write(folder, memory);
        return new MadeUpUsers(folder, SequenceDataset.open(folder, memory, true));
      } catch (IOException | RuntimeException e) {
        delete(folder);
        throw e;
      }
    } catch (IOException e) {
      throw new GenRecException(
          "WriteFailed",
          "made-up users cannot be written to the folder for temporary files, "
              + System.getProperty("java.io.tmpdir")
              + " ("
              + e.getMessage()
              + "); make room there, or name another folder in the Java property java.io.tmpdir",
          e);
    }
  }

  private static void delete(Path folder) throws IOException {
    MoreFiles.deleteRecursively(folder, RecursiveDeleteOption.ALLOW_INSECURE);
  }

  /** Something to train on. */
  TrainingData training() {
    return SyntheticHistories.data(data.items(), this);
  }

  @Override
  public int size() {
    return data.users();
  }

  @Override
  public History get(int index) {
    return data.history(index);
  }

  @Override
  public void close() {
    data.close();
    try {
      delete(folder);
    } catch (IOException e) {
      throw new GenRecException(
          "WriteFailed", "the folder " + folder + " cannot be deleted; delete it by hand", e);
    }
  }
}
