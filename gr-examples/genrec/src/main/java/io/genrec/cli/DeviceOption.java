package io.genrec.cli;

import io.genrec.engine.runtime.Device;
import picocli.CommandLine.Option;

/** The option that says where graphs run. */
final class DeviceOption {
  @Option(
      names = "--device",
      paramLabel = "DEVICE",
      description = "cpu or cuda:N (default: ${DEFAULT-VALUE}).")
  private String device = "cpu";

  /**
   * The device.
   *
   * @throws io.genrec.api.GenRecException {@code UnknownDevice}, or {@code NoCuda} if it cannot be
   *     used here
   */
  Device require() {
    Device asked = Device.parse(device);
    if (asked.cuda()) {
      // Before anything is read or written.
      Doctor.compute(asked);
    }
    return asked;
  }
}
