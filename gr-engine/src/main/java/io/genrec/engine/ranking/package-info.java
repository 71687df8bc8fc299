/** What ranking models have beside their encoder: embeddings of tokens, and heads. */
@NullMarked
package io.genrec.engine.ranking;

import org.jspecify.annotations.NullMarked;
