package io.genrec.falcon;

import io.genrec.api.inference.InferenceStrategy;
import java.util.List;
import java.util.Random;

class BatchedTest extends InferenceStrategyContract {
  @Override
  List<Scoring.Encoder> encoders() {
    return Encoders.all();
  }

  @Override
  InferenceStrategy strategy(Scoring scoring, Random random) {
    BatchedConfig config = new BatchedConfig(1 + random.nextInt(30), 2);
    return scoring.opened(new Batched().create(config, scoring.model()));
  }
}
