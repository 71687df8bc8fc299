package io.genrec.data.sampling;

import io.genrec.testkit.SamplerContract;
import org.junit.jupiter.api.Nested;

/** The built-in samplers keep the contract of samplers. */
class SamplerContractTest {
  @Nested
  class Uniform extends SamplerContract {
    @Override
    protected Subject subject() {
      return Subject.of(new UniformFactory(), "{\"count\": 3, \"sharing\": \"position\"}");
    }
  }

  @Nested
  class InBatch extends SamplerContract {
    @Override
    protected Subject subject() {
      return Subject.of(new InBatchFactory(), "{\"count\": 2, \"sharing\": \"batch\"}");
    }
  }

  @Nested
  class ByPopularity extends SamplerContract {
    @Override
    protected Subject subject() {
      return Subject.of(new PopularityFactory(), "{\"count\": 4, \"sharing\": \"sequence\"}");
    }
  }

  @Nested
  class ByTheRootOfPopularity extends SamplerContract {
    @Override
    protected Subject subject() {
      return Subject.of(
          new PopularityFactory(), "{\"count\": 4, \"sharing\": \"sequence\", \"power\": 0.5}");
    }
  }
}
