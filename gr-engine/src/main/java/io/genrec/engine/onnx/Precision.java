package io.genrec.engine.onnx;

import org.apiguardian.api.API;

/** How wide the reals of an exported graph are. */
@API(status = API.Status.STABLE, since = "0.1")
public enum Precision {
  /** 32 bits. */
  FLOAT32,
  /**
   * 64 bits, which tells rounding from a wrong formula. For the CPU; a graph with the error
   * function does not compile, for the CPU has no 64-bit kernel of it.
   */
  FLOAT64
}
