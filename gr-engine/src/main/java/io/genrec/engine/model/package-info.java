/** Models: a task, an encoder and a loss, and the graphs that train and serve them. */
@NullMarked
package io.genrec.engine.model;

import org.jspecify.annotations.NullMarked;
