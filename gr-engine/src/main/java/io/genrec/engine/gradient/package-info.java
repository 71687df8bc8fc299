/** Graph-to-graph reverse-mode gradients. */
@NullMarked
package io.genrec.engine.gradient;

import org.jspecify.annotations.NullMarked;
