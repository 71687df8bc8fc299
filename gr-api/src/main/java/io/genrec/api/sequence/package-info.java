/**
 * Sequences on the host and in the graph: histories, vocabularies, batches, token and pair
 * contexts.
 */
@NullMarked
package io.genrec.api.sequence;

import org.jspecify.annotations.NullMarked;
