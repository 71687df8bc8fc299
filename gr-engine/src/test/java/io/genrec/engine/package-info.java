/** Tests of the front door. */
@NullMarked
package io.genrec.engine;

import org.jspecify.annotations.NullMarked;
