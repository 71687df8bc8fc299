/** Negative samplers: which rows a loss compares its targets with, and how likely each was. */
@NullMarked
package io.genrec.data.sampling;

import org.jspecify.annotations.NullMarked;
