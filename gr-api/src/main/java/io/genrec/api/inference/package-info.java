/** Requests, answers and baselines. */
@NullMarked
package io.genrec.api.inference;

import org.jspecify.annotations.NullMarked;
