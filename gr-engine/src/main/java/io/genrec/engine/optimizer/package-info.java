/**
 * Parameters in off-heap memory, sums of gradients in a fixed order, and the optimizers of the Adam
 * family that update parameters by them.
 */
@NullMarked
package io.genrec.engine.optimizer;

import org.jspecify.annotations.NullMarked;
