package io.genrec.hstu;

import io.genrec.api.sequence.Schema;
import io.genrec.testkit.EncoderContract;
import org.junit.jupiter.api.Nested;

/** Every form of research HSTU keeps the contract of encoders. */
class HstuContractTest {
  @Nested
  class ByDefault extends EncoderContract {
    @Override
    protected Subject subject() {
      return Subject.of(new Hstu());
    }
  }

  @Nested
  class SeveralHeads extends EncoderContract {
    @Override
    protected Subject subject() {
      return Subject.of(new Hstu()).config("{\"heads\": 2, \"dqk\": 3, \"dv\": 5, \"blocks\": 1}");
    }
  }

  @Nested
  class WithoutTimeBias extends EncoderContract {
    @Override
    protected Subject subject() {
      return Subject.of(new Hstu()).config("{\"heads\": 2, \"timeBias\": false}");
    }
  }

  @Nested
  class WithSoftmax extends EncoderContract {
    @Override
    protected Subject subject() {
      return Subject.of(new Hstu()).config("{\"attention\": \"softmax\", \"heads\": 2}");
    }
  }

  @Nested
  class ConcatenatingTheGate extends EncoderContract {
    @Override
    protected Subject subject() {
      return Subject.of(new Hstu())
          .config("{\"concatUa\": true, \"output\": \"layer-norm\", \"blocks\": 1}");
    }
  }

  @Nested
  class WithRatings extends EncoderContract {
    @Override
    protected Subject subject() {
      return Subject.of(new Hstu())
          .dim(5)
          .features(new Schema.Feature("rating", 5, 3))
          .config("{\"inputFeatures\": [\"rating\"], \"positionBias\": false}");
    }
  }
}
