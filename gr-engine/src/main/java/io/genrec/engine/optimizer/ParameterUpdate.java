package io.genrec.engine.optimizer;

/** How one parameter is updated. Its moments belong to the optimizer. */
interface ParameterUpdate {
  /** Makes a step by sums that are multiplied by the scale. */
  void step(GradientView gradient, float scale, long step);

  /** Brings a row to where the completed steps leave it. */
  default void catchUp(long row, long completed) {}

  /** Brings all rows to where the completed steps leave them. */
  default void catchUpAll(long completed) {}
}
