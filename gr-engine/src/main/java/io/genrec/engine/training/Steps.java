package io.genrec.engine.training;

import java.util.List;

/** A way to compute optimizer steps. */
interface Steps extends AutoCloseable {
  /**
   * Makes some steps, at least one, as many as it makes at once.
   *
   * @param step the first one
   * @param end behind the last one that may be made
   */
  List<StepReport> run(long step, long end);

  @Override
  void close();
}
