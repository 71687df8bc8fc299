package io.genrec.engine.storage;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.WritableByteChannel;

/** Passes bytes on, whole buffers at a time, and counts them. Closing it is left to the owner. */
final class CountingChannel implements WritableByteChannel {
  private static final int CHUNK_BYTES = 1 << 20;

  private final WritableByteChannel out;
  private long bytes;

  CountingChannel(WritableByteChannel out) {
    this.out = out;
  }

  long bytes() {
    return bytes;
  }

  @Override
  public int write(ByteBuffer from) throws IOException {
    int before = from.position();
    int limit = from.limit();
    try {
      while (from.position() < limit) {
        // The JDK copies through a direct buffer as large as a heap buffer's remaining part.
        from.limit(from.position() + Math.min(CHUNK_BYTES, limit - from.position()));
        bytes += out.write(from);
      }
    } finally {
      from.limit(limit);
    }
    return from.position() - before;
  }

  @Override
  public boolean isOpen() {
    return out.isOpen();
  }

  @Override
  public void close() {
    // The owner of the file closes it.
  }
}
