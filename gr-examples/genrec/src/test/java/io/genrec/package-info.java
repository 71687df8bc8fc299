/** Who may see whom. */
@NullMarked
package io.genrec;

import org.jspecify.annotations.NullMarked;
