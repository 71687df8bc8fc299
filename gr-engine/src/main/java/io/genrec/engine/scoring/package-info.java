/** Models that score candidates: the stages of a computation, compiled around one set of values. */
@NullMarked
package io.genrec.engine.scoring;

import org.jspecify.annotations.NullMarked;
