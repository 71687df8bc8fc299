/**
 * The {@code genrec} command line: prepare, train, evaluate, recommend, export, quickstart,
 * experiment, doctor. Results go to standard output, everything else to standard error.
 */
@NullMarked
package io.genrec.cli;

import org.jspecify.annotations.NullMarked;
