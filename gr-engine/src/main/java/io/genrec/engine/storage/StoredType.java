package io.genrec.engine.storage;

import org.apiguardian.api.API;

/** The element types that a tensor file may hold; the names are those of the safetensors format. */
@API(status = API.Status.STABLE, since = "0.1")
public enum StoredType {
  /** IEEE 754 double. */
  F64(8),
  /** Signed 64-bit integer. */
  I64(8),
  /** IEEE 754 single. */
  F32(4),
  /** Signed 32-bit integer. */
  I32(4),
  /** IEEE 754 half. */
  F16(2),
  /** The upper half of a single. */
  BF16(2),
  /** Unsigned byte. */
  U8(1),
  /** One byte, 0 or 1. */
  BOOL(1);

  private final int bytes;

  StoredType(int bytes) {
    this.bytes = bytes;
  }

  /** The size of one element in bytes. */
  public int bytes() {
    return bytes;
  }
}
