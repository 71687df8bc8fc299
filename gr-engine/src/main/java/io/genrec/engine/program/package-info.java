/** Programs: what a graph must compute for chosen outputs, and passes that rewrite it. */
@NullMarked
package io.genrec.engine.program;

import org.jspecify.annotations.NullMarked;
