package io.genrec.api.storage;

import io.genrec.api.GenRecException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import org.apache.arrow.flatbuf.Message;
import org.apache.arrow.flatbuf.RecordBatch;
import org.apache.arrow.memory.ArrowBuf;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.memory.ForeignAllocation;
import org.apache.arrow.memory.OutOfMemoryException;
import org.apache.arrow.memory.util.MemoryUtil;
import org.apache.arrow.vector.VectorLoader;
import org.apache.arrow.vector.VectorSchemaRoot;
import org.apache.arrow.vector.ipc.ArrowFileReader;
import org.apache.arrow.vector.ipc.ReadChannel;
import org.apache.arrow.vector.ipc.message.ArrowBlock;
import org.apache.arrow.vector.ipc.message.ArrowRecordBatch;
import org.apache.arrow.vector.ipc.message.MessageSerializer;
import org.apiguardian.api.API;
import org.jspecify.annotations.Nullable;

/**
 * Reads the record batches of an Arrow file. Sizes are checked against the file's length before
 * memory is allocated, and unlike Arrow's own reader this one loses no memory on damaged files.
 */
@API(status = API.Status.INTERNAL, since = "0.1")
public final class ArrowBlocks {
  private static final int CONTINUATION = -1;

  private ArrowBlocks() {}

  /** Takes the rows of one record batch; the vectors are reused for the next. */
  @FunctionalInterface
  public interface Batch {
    /**
     * Takes the rows.
     *
     * @throws IOException if they are not what they should be
     */
    void read(VectorSchemaRoot rows) throws IOException;
  }

  /**
   * Reads all batches.
   *
   * @param allocator for the time of reading
   * @throws NoSuchFileException if there is no such file
   * @throws IOException if the file is damaged; the message says how
   * @throws OutOfMemoryException if the allocator's limit does not suffice
   */
  public static void read(Path file, BufferAllocator allocator, Batch batch) throws IOException {
    each(file, allocator, batch, false);
  }

  /**
   * The same without copies: the vectors' memory is the file, of which the system reads a page when
   * it is first looked at and may drop it again. So a file may be larger than memory. It must not
   * be shortened as long as any vector lives, and nothing may be written into the vectors.
   *
   * @param allocator counts the memory as if it were its own
   * @throws NoSuchFileException if there is no such file
   * @throws IOException if the file is damaged; the message says how
   * @throws OutOfMemoryException if the allocator's limit does not suffice
   */
  public static void map(Path file, BufferAllocator allocator, Batch batch) throws IOException {
    each(file, allocator, batch, true);
  }

  private static void each(Path file, BufferAllocator allocator, Batch batch, boolean mapped)
      throws IOException {
    try (FileChannel channel = FileChannel.open(file);
        ArrowFileReader reader = new ArrowFileReader(channel, allocator)) {
      long bytes = Files.size(file);
      VectorSchemaRoot root = reader.getVectorSchemaRoot();
      for (ArrowBlock block : reader.getRecordBlocks()) {
        check(block, bytes);
        load(
            block,
            mapped ? mapped(block, channel, allocator) : copied(block, channel, allocator),
            root);
        batch.read(root);
      }
    } catch (GenRecException | OutOfMemoryException e) {
      throw e;
    } catch (RuntimeException e) {
      // Arrow reports damage by whatever its parsers stumble over.
      throw new IOException(String.valueOf(e.getMessage()), e);
    }
  }

  private static void check(ArrowBlock block, long fileBytes) throws IOException {
    boolean inside =
        block.getOffset() >= 0
            && block.getMetadataLength() >= 2 * Integer.BYTES
            && block.getBodyLength() >= 0
            && block.getBodyLength() <= fileBytes
            && block.getOffset() <= fileBytes - block.getMetadataLength() - block.getBodyLength();
    if (!inside) {
      throw new IOException("a record batch reaches beyond the end of the file");
    }
  }

  private static long length(ArrowBlock block) {
    return block.getMetadataLength() + block.getBodyLength();
  }

  private static ArrowBuf copied(ArrowBlock block, FileChannel channel, BufferAllocator allocator)
      throws IOException {
    channel.position(block.getOffset());
    ArrowBuf all = allocator.buffer(length(block));
    try {
      if (new ReadChannel(channel).readFully(all, length(block)) != length(block)) {
        throw new IOException("the file ends within a record batch");
      }
      return all;
    } catch (IOException | RuntimeException e) {
      all.close();
      throw e;
    }
  }

  private static ArrowBuf mapped(ArrowBlock block, FileChannel channel, BufferAllocator allocator)
      throws IOException {
    return allocator.wrapForeignAllocation(
        new MappedBytes(
            channel.map(FileChannel.MapMode.READ_ONLY, block.getOffset(), length(block))));
  }

  /** A part of a file; given back some time after nobody refers to it any more. */
  private static final class MappedBytes extends ForeignAllocation {
    private @Nullable ByteBuffer bytes;

    MappedBytes(ByteBuffer bytes) {
      super(bytes.limit(), MemoryUtil.getByteBufferAddress(bytes));
      this.bytes = bytes;
    }

    @Override
    protected void release0() {
      bytes = null;
    }
  }

  private static void load(ArrowBlock block, ArrowBuf all, VectorSchemaRoot root)
      throws IOException {
    int head = block.getMetadataLength();
    try {
      int prefix = all.getInt(0) == CONTINUATION ? 2 * Integer.BYTES : Integer.BYTES;
      byte[] metadata = new byte[head - prefix];
      all.getBytes(prefix, metadata);
      Message message = Message.getRootAsMessage(ByteBuffer.wrap(metadata));
      if (!(message.header(new RecordBatch()) instanceof RecordBatch header)) {
        throw new IOException("a block is no record batch");
      }
      ArrowBuf body = all.slice(head, block.getBodyLength());
      try (ArrowRecordBatch batch = MessageSerializer.deserializeRecordBatch(header, body)) {
        new VectorLoader(root).load(batch);
      }
    } catch (IOException | RuntimeException e) {
      root.clear();
      while (all.refCnt() > 0) {
        all.getReferenceManager().release();
      }
      throw e;
    }
  }
}
