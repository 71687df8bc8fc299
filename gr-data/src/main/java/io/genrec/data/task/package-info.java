/** Tasks that come with GenRec: how events become tokens, targets and weights. */
@NullMarked
package io.genrec.data.task;

import org.jspecify.annotations.NullMarked;
