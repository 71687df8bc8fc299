/** The front door: {@link io.genrec.engine.Recommender} answers requests with a bundle's model. */
@NullMarked
package io.genrec.engine;

import org.jspecify.annotations.NullMarked;
