package io.genrec.transformer;

import io.genrec.testkit.EncoderContract;
import org.junit.jupiter.api.Nested;

/** SASRec and the Llama form keep the contract of encoders. */
class TransformerContractTest {
  @Nested
  class SasrecByDefault extends EncoderContract {
    @Override
    protected Subject subject() {
      return Subject.of(new Sasrec());
    }
  }

  @Nested
  class SasrecWithGelu extends EncoderContract {
    @Override
    protected Subject subject() {
      return Subject.of(new Sasrec())
          .config("{\"activation\": \"gelu\", \"heads\": 2, \"hidden\": 5}")
          .only32Bits("GELU's Erf");
    }
  }

  @Nested
  class LlamaByDefault extends EncoderContract {
    @Override
    protected Subject subject() {
      return Subject.of(new Llama());
    }
  }

  @Nested
  class LlamaWithGroupedQueries extends EncoderContract {
    @Override
    protected Subject subject() {
      return Subject.of(new Llama())
          .config(
              """
              {"heads": 4, "keyValueHeads": 2, "hidden": 6, "output": "l2", "residualDropout": 0.1}
              """);
    }
  }

  @Nested
  class LlamaInBothDirections extends EncoderContract {
    @Override
    protected Subject subject() {
      return Subject.of(new Llama()).config("{\"causal\": false, \"heads\": 2, \"hidden\": 6}");
    }
  }
}
