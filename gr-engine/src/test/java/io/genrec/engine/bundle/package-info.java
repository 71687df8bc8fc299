/** Tests of bundles, and a model that is small enough to compute by hand. */
@NullMarked
package io.genrec.engine.bundle;

import org.jspecify.annotations.NullMarked;
