/** Tasks: how events become tokens, targets and weights. */
@NullMarked
package io.genrec.api.task;

import org.jspecify.annotations.NullMarked;
