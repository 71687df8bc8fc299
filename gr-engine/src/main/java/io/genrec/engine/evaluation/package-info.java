/** Ranking metrics over the full catalogue, per user, and intervals for their differences. */
@NullMarked
package io.genrec.engine.evaluation;

import org.jspecify.annotations.NullMarked;
