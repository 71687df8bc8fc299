package io.genrec.api.storage;

import java.io.IOException;
import org.apiguardian.api.API;

/**
 * What a caller puts into a file or a directory that is being written.
 *
 * @param <T> where it goes: an output stream for a file, a path for a directory
 */
@FunctionalInterface
@API(status = API.Status.STABLE, since = "0.1")
public interface Content<T> {
  /**
   * Writes the content.
   *
   * @param to where it goes; not to be kept after the call
   * @throws IOException if it cannot be written; nothing is left behind then
   */
  void writeTo(T to) throws IOException;
}
