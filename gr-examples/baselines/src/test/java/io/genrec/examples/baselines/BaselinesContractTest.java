package io.genrec.examples.baselines;

import io.genrec.testkit.EncoderContract;
import org.junit.jupiter.api.Nested;

/** The example plug-ins keep the contract of encoders. */
class BaselinesContractTest {
  /** Its state passes through every token, so its candidates are not independent. */
  @Nested
  class Gru4RecOfTwoLayers extends EncoderContract {
    @Override
    protected Subject subject() {
      return Subject.of(new Gru4Rec()).config("{\"layers\": 2, \"hidden\": 5}");
    }
  }

  @Nested
  class FuxiAlphaByDefault extends EncoderContract {
    @Override
    protected Subject subject() {
      return Subject.of(new FuxiAlpha());
    }
  }

  @Nested
  class SmallDin extends EncoderContract {
    @Override
    protected Subject subject() {
      return Subject.of(new Din()).config("{\"activation\": [6], \"hidden\": [8]}");
    }
  }

  @Nested
  class SmallDcnV2 extends EncoderContract {
    @Override
    protected Subject subject() {
      return Subject.of(new DcnV2()).config("{\"crosses\": 2, \"hidden\": [8]}");
    }
  }
}
