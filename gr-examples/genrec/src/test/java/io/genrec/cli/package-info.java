/** The command line, run in this process as a user runs it. */
@NullMarked
package io.genrec.cli;

import org.jspecify.annotations.NullMarked;
