package io.genrec.engine.storage;

import java.io.IOException;
import java.nio.channels.WritableByteChannel;
import org.apiguardian.api.API;

/**
 * A tensor to be stored whose values are given piece by piece, so that tables of any size, also
 * above 2 GiB, are written without a copy of the whole.
 */
@API(status = API.Status.STABLE, since = "0.1")
public interface TensorSource {
  /** Its name, type and shape. */
  TensorInfo info();

  /**
   * Writes exactly {@link TensorInfo#bytes} bytes: the values in row-major order, little-endian.
   * Called once per file; buffers given to the channel are written whole.
   *
   * @param out where to
   * @throws IOException if the channel fails
   */
  void writeTo(WritableByteChannel out) throws IOException;
}
