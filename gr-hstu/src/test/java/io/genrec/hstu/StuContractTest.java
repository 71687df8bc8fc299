package io.genrec.hstu;

import io.genrec.testkit.EncoderContract;
import org.junit.jupiter.api.Nested;

/** Every form of STU keeps the contract of encoders. */
class StuContractTest {
  private static EncoderContract.Subject stu(String options) {
    return EncoderContract.Subject.of(new Stu()).config("{\"blocks\": 2, " + options + "}");
  }

  @Nested
  class ByDefault extends EncoderContract {
    @Override
    protected Subject subject() {
      return stu("\"heads\": 2");
    }
  }

  @Nested
  class ThatHistoriesMayFollowOn extends EncoderContract {
    @Override
    protected Subject subject() {
      return stu(
          "\"heads\": 2, \"position\": \"absolute\", \"time\": \"none\", \"maxAttention\": 3,"
              + " \"output\": \"l2\"");
    }
  }

  @Nested
  class WhoseLastLayersReadTheEnd extends EncoderContract {
    @Override
    protected Subject subject() {
      return stu(
          "\"heads\": 1, \"lastLayers\": 1, \"lastTokens\": 3, \"stochasticDepth\": 0.2,"
              + " \"time\": \"log\"");
    }
  }

  @Nested
  class WhoseContextSeesHistory extends EncoderContract {
    @Override
    protected Subject subject() {
      return stu(
          "\"heads\": 2, \"contextSeesHistory\": true, \"maxAttention\": 3, \"minFullAttention\": 2,"
              + " \"groupNorm\": true, \"output\": \"timestamp-layer-norm\"");
    }
  }
}
