package io.genrec.falcon;

import io.genrec.api.inference.InferenceStrategy;
import java.util.List;
import java.util.Random;

class MFalconTest extends InferenceStrategyContract {
  @Override
  List<Scoring.Encoder> encoders() {
    return Encoders.all();
  }

  /** Room for none, a few or all users. */
  @Override
  InferenceStrategy strategy(Scoring scoring, Random random) {
    long[] bytes = {0, 20_000, 60_000, 1L << 30};
    return scoring.mFalcon(
        1 + random.nextInt(30), bytes[random.nextInt(bytes.length)], 1 + random.nextInt(14));
  }
}
