/**
 * Sequence encoders: from tokens to representations, in blocks that training, full and cached
 * scoring share.
 */
@NullMarked
package io.genrec.api.encoder;

import org.jspecify.annotations.NullMarked;
