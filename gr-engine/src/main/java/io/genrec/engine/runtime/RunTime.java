package io.genrec.engine.runtime;

import java.lang.management.ManagementFactory;
import org.apiguardian.api.API;

/**
 * How long something took.
 *
 * @param nanos by the clock
 * @param processorNanos that a processor worked for the thread which did it
 */
@API(status = API.Status.EXPERIMENTAL, since = "0.1")
public record RunTime(long nanos, long processorNanos) {
  /** Nothing. */
  public static final RunTime NONE = new RunTime(0, 0);

  /** Since some time that is the same for a thread. */
  static RunTime now() {
    return new RunTime(
        System.nanoTime(), ManagementFactory.getThreadMXBean().getCurrentThreadCpuTime());
  }

  /** Both together. */
  public RunTime plus(RunTime other) {
    return new RunTime(nanos + other.nanos, processorNanos + other.processorNanos);
  }

  /** What is left without the other. */
  public RunTime minus(RunTime other) {
    return new RunTime(nanos - other.nanos, processorNanos - other.processorNanos);
  }
}
