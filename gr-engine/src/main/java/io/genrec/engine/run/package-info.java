/** Training runs: from a configuration and data to a trained, selected and resumable model. */
@NullMarked
package io.genrec.engine.run;

import org.jspecify.annotations.NullMarked;
