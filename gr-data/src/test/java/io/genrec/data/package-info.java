/** Tests. */
@NullMarked
package io.genrec.data;

import org.jspecify.annotations.NullMarked;
