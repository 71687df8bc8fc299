/**
 * GPSD: generative pretraining for scalable discriminative recommendation (arXiv 2506.03699).
 * {@link io.genrec.gpsd.GenerativeLoss} and {@link io.genrec.gpsd.GenerativeTask} pretrain on
 * sequences; {@link io.genrec.gpsd.ClickData} holds the samples of the discriminative task by the
 * official protocol; {@link io.genrec.gpsd.PowerLaw} is fitted by the scaling study. Strategies of
 * transfer are in {@link io.genrec.engine.transfer}.
 */
@NullMarked
package io.genrec.gpsd;

import org.jspecify.annotations.NullMarked;
