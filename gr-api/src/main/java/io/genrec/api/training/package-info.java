/** Losses and negative samplers. */
@NullMarked
package io.genrec.api.training;

import org.jspecify.annotations.NullMarked;
