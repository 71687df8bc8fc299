package io.genrec.engine.optimizer;

import java.util.List;

/** How one parameter is updated. Its moments belong to the optimizer. */
interface ParameterUpdate {
  /**
   * A step by sums that are multiplied by the scale, in pieces that may run at the same time and in
   * any order, each once.
   */
  List<Runnable> step(GradientView gradient, float scale, long step);

  /** Brings a row to where the completed steps leave it. */
  default void catchUp(long row, long completed) {}

  /** Brings all rows to where the completed steps leave them. */
  default void catchUpAll(long completed) {}
}
