/**
 * Transformer encoders: SASRec ("Self-Attentive Sequential Recommendation", arXiv 1808.09781) and
 * the Llama form that GPSD is built on (arXiv 2506.03699).
 *
 * <p>{@link io.genrec.transformer.SasrecBlock} and {@link io.genrec.transformer.LlamaBlock} hold
 * the formulas.
 */
@NullMarked
package io.genrec.transformer;

import org.jspecify.annotations.NullMarked;
