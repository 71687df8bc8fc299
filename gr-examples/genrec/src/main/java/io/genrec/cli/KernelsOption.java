package io.genrec.cli;

import io.genrec.engine.runtime.Device;
import io.genrec.engine.runtime.NativeKernels;
import io.genrec.engine.runtime.SessionSettings;
import picocli.CommandLine.Option;

/** The option that says whether compiled kernels are used. */
final class KernelsOption {
  @Option(
      names = "--kernels",
      paramLabel = "USE",
      description =
          "Compiled kernels: auto (if they are there), native or onnx, which is none (default:"
              + " auto).")
  private NativeKernels.Use use = NativeKernels.Use.AUTO;

  /** What was asked for. */
  NativeKernels.Use use() {
    return use;
  }

  /**
   * Sessions on the processor.
   *
   * @throws io.genrec.api.GenRecException {@code NoKernels}
   */
  SessionSettings onProcessor() {
    return SessionSettings.cpu().kernels(use.choose(Device.CPU));
  }
}
