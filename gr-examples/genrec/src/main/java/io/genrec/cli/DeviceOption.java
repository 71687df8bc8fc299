package io.genrec.cli;

import io.genrec.api.GenRecException;
import io.genrec.engine.runtime.Device;
import picocli.CommandLine.Option;

/** The option that says where graphs run. */
final class DeviceOption {
  @Option(
      names = "--device",
      paramLabel = "DEVICE",
      description = "cpu or cuda:N (default: ${DEFAULT-VALUE}).")
  private String device = "cpu";

  /** The device, if it can be used here. */
  Device require() {
    Device asked = Device.parse(device);
    if (asked.cuda()) {
      Doctor.compute(asked);
      throw new GenRecException(
          "UnsupportedDevice",
          "this version trains and evaluates on the cpu only; leave --device out (genrec doctor"
              + " --device "
              + asked
              + " checks the device)");
    }
    return asked;
  }
}
