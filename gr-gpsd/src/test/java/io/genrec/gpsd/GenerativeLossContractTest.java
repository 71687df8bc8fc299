package io.genrec.gpsd;

import io.genrec.testkit.LossContract;

/** The loss of generative pretraining keeps the contract of losses. */
class GenerativeLossContractTest extends LossContract {
  @Override
  protected Subject subject() {
    return Subject.of(new GenerativeLoss());
  }
}
