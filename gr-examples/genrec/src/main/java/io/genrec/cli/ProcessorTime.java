package io.genrec.cli;

import com.sun.management.OperatingSystemMXBean;
import java.lang.management.ManagementFactory;

/** How long processors worked for this process, which other processes do not change much. */
final class ProcessorTime {
  private static final double SECOND = 1e9;

  private ProcessorTime() {}

  /** All threads' seconds since the process began. */
  static double seconds() {
    OperatingSystemMXBean system = ManagementFactory.getPlatformMXBean(OperatingSystemMXBean.class);
    return system.getProcessCpuTime() / SECOND;
  }
}
