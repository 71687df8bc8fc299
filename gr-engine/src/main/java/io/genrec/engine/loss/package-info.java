/** Losses over a model's outputs. */
@NullMarked
package io.genrec.engine.loss;

import org.jspecify.annotations.NullMarked;
