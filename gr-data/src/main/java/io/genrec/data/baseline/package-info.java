/** Recommenders to compare with that only count. */
@NullMarked
package io.genrec.data.baseline;

import org.jspecify.annotations.NullMarked;
