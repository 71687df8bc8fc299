/** Compiled kernels against the formulas that they stand for. */
@NullMarked
package io.genrec.kernels;

import org.jspecify.annotations.NullMarked;
