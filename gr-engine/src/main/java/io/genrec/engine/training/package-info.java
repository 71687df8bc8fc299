/**
 * Training: logical batches, their micro-batches on several workers, and everything random as a
 * function of (seed, step, micro-batch, site).
 */
@NullMarked
package io.genrec.engine.training;

import org.jspecify.annotations.NullMarked;
