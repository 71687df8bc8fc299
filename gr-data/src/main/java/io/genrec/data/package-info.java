/**
 * Interaction histories as Arrow files: data sets, vocabularies, splits.
 *
 * <p>{@code io.genrec.data.ingest} makes a data set from raw logs; this package reads it.
 */
@NullMarked
package io.genrec.data;

import org.jspecify.annotations.NullMarked;
