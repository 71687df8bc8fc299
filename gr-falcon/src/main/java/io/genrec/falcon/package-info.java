/**
 * M-FALCON (arXiv 2402.17152, section 3.4): many candidates scored at the cost of one pass over the
 * history; and the slower strategies that give the same scores.
 *
 * <p>{@link io.genrec.falcon.MFalcon} is the place to start.
 */
@NullMarked
package io.genrec.falcon;

import org.jspecify.annotations.NullMarked;
