package io.genrec.data;

import io.genrec.api.GenRecException;
import java.io.IOException;
import java.nio.file.Path;
import org.apache.arrow.vector.ipc.ArrowFileReader;
import org.apache.arrow.vector.ipc.message.ArrowBlock;
import org.jspecify.annotations.Nullable;

/** Checks of Arrow files before memory is allocated for what they claim to hold. */
final class ArrowBlocks {
  private ArrowBlocks() {}

  /** Refuses record batches that reach beyond the file's end. */
  static void check(ArrowFileReader reader, long fileBytes) throws IOException {
    for (ArrowBlock block : reader.getRecordBlocks()) {
      boolean inside =
          block.getOffset() >= 0
              && block.getMetadataLength() >= 0
              && block.getBodyLength() >= 0
              && block.getBodyLength() <= fileBytes
              && block.getOffset() <= fileBytes - block.getMetadataLength() - block.getBodyLength();
      if (!inside) {
        throw new IOException("a record batch reaches beyond the end of the file");
      }
    }
  }

  static GenRecException corrupt(Path file, String what, @Nullable Throwable cause) {
    return new GenRecException(
        "CorruptDataset",
        file + ": " + what + "; expected an Arrow file as ingestion writes it: ingest again",
        cause);
  }
}
