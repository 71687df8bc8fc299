package io.genrec.api.graph;

import org.apiguardian.api.API;

/**
 * What a tensor's entries are. {@code FLOAT} is the type of all real values; an export may widen or
 * narrow it as a whole.
 */
@API(status = API.Status.STABLE, since = "0.1")
public enum ElementType {
  /** 32-bit real. */
  FLOAT(Float.BYTES),
  /** 64-bit integer: ids, lengths, times in seconds. */
  INT64(Long.BYTES),
  /** Truth value. */
  BOOL(1);

  private final int bytes;

  ElementType(int bytes) {
    this.bytes = bytes;
  }

  /** The bytes of an entry in memory; where reals are widened or narrowed, theirs differ. */
  public int bytes() {
    return bytes;
  }
}
