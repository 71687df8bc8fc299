package io.genrec.data.ingest;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import org.apache.arrow.vector.FieldVector;
import org.apache.arrow.vector.VectorSchemaRoot;
import org.apache.arrow.vector.ipc.ArrowFileWriter;
import org.apiguardian.api.API;

/** An Arrow file that is written batch by batch and is on disk when closed. Owns its vectors. */
@API(status = API.Status.INTERNAL, since = "0.1")
public final class ArrowFile implements AutoCloseable {
  private final FileChannel channel;
  private final VectorSchemaRoot root;
  private final ArrowFileWriter writer;

  /**
   * Begins a file.
   *
   * @throws IOException if it is there or cannot be written
   */
  public ArrowFile(Path file, List<FieldVector> vectors) throws IOException {
    root = new VectorSchemaRoot(vectors);
    channel = FileChannel.open(file, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE);
    writer = new ArrowFileWriter(root, null, channel);
    writer.start();
  }

  /** Writes what stands in the vectors and empties them. */
  public void batch(int rows) throws IOException {
    root.setRowCount(rows);
    writer.writeBatch();
    root.clear();
  }

  /** Writes what follows the last batch. */
  public void end() throws IOException {
    writer.end();
    channel.force(true);
  }

  @Override
  public void close() throws IOException {
    writer.close();
    root.close();
    channel.close();
  }
}
