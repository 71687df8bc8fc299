package io.genrec.engine.onnx;

import org.apiguardian.api.API;

/** How wide the reals of an exported graph are. */
@API(status = API.Status.STABLE, since = "0.1")
public enum Precision {
  /** 32 bits. */
  FLOAT32,
  /**
   * 32 bits, but matrix products outside of losses round operands and results to bfloat16 ({@code
   * io.genrec.engine.program.Bfloat16}). Inputs and outputs have 32 bits. An exported graph
   * multiplies rounded values in 32 bits, so that it runs everywhere; a session on CUDA multiplies
   * bfloat16.
   */
  BFLOAT16,
  /**
   * 64 bits, which tells rounding from a wrong formula. For the CPU; a graph with the error
   * function does not compile, for the CPU has no 64-bit kernel of it.
   */
  FLOAT64
}
