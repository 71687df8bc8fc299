package io.genrec.engine.storage;

import org.apiguardian.api.API;

/**
 * One file of a checksummed directory.
 *
 * @param name its path below the directory, with {@code /} between names
 * @param bytes its size
 * @param sha256 its SHA-256 in 64 lower-case hexadecimal digits
 */
@API(status = API.Status.STABLE, since = "0.1")
public record FileSum(String name, long bytes, String sha256) {
  /** Refuses names that lead out of the directory, for example {@code ../x}. */
  public FileSum {
    FileNames.check(name);
  }
}
