/**
 * Models to compare with, as plug-ins that see nothing but the SPI. Copy one to begin your own.
 *
 * <p>{@link io.genrec.examples.baselines.FuxiAlpha} is made of blocks and can be cached; {@link
 * io.genrec.examples.baselines.Gru4Rec} has a state and overrides {@code encode}; {@link
 * io.genrec.examples.baselines.Din} and {@link io.genrec.examples.baselines.DcnV2} ask a candidate
 * about a history. {@link io.genrec.examples.baselines.ItemKnnFactory} and {@link
 * io.genrec.examples.baselines.EaseFactory} compute on the host.
 */
@NullMarked
package io.genrec.examples.baselines;

import org.jspecify.annotations.NullMarked;
