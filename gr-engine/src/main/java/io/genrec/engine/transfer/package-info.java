/** Values of one model as the first values of another, and what of them stays as it is. */
@NullMarked
package io.genrec.engine.transfer;

import org.jspecify.annotations.NullMarked;
