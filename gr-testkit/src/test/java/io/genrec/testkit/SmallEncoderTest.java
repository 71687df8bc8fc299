package io.genrec.testkit;

import io.genrec.testkit.SmallEncoder.Fault;

/** A correct encoder passes every rule. */
class SmallEncoderTest extends EncoderContract {
  @Override
  protected Subject subject() {
    return SmallEncoder.subject(Fault.NONE, "\"cacheScope\": \"extendable\"");
  }
}
