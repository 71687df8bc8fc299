package io.genrec.engine.run;

import io.genrec.engine.training.StepReport;
import org.apiguardian.api.API;

/** Told of a run's progress, on the thread that trains. */
@API(status = API.Status.EXPERIMENTAL, since = "0.1")
public interface RunListener {
  /** Listens to nothing. */
  RunListener NONE = new RunListener() {};

  /** A run continues from a checkpoint. */
  default void resumed(int epoch, long step) {}

  /**
   * A step is done.
   *
   * @param epoch the pass that it belongs to, from 1
   * @param stepInEpoch its number in the pass, from 1
   * @param stepsPerEpoch the steps of a pass
   */
  default void step(int epoch, int stepInEpoch, int stepsPerEpoch, StepReport report) {}

  /** Whether the run goes on; asked after each step. A run that does not ends where it is. */
  default boolean goesOn() {
    return true;
  }

  /** A pass and its evaluation are done. */
  default void epoch(EpochReport report) {}
}
