/** Data sets that are made up by a published rule. */
@NullMarked
package io.genrec.data.synthetic;

import org.jspecify.annotations.NullMarked;
