package io.genrec.falcon;

import io.genrec.api.inference.InferenceStrategy;
import io.genrec.engine.onnx.Precision;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class BatchedTest {
  private static final int CASES = 8;

  static List<Pair> pairs() {
    return Stream.concat(Pair.all().stream(), Pair.with(Encoders.ofLastTokens()).stream()).toList();
  }

  private static InferenceStrategy open(Scoring scoring, Random random) {
    BatchedConfig config = new BatchedConfig(1 + random.nextInt(30), 2);
    return scoring.opened(new Batched().create(config, scoring.model()));
  }

  @ParameterizedTest
  @MethodSource("pairs")
  void scoresAreThoseOfFull(Pair pair) throws Exception {
    new Comparison(BatchedTest::open).run(pair, Precision.FLOAT64, 3, CASES);
  }

  @Test
  @Tag("slow")
  void campaign() throws Exception {
    new Comparison(BatchedTest::open)
        .campaign(Integer.getInteger("genrec.falcon.cases", 5_000), Long.getLong("genrec.seed", 2));
  }
}
