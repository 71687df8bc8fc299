package io.genrec.falcon;

import io.genrec.data.task.ChunkRankingFactory;
import io.genrec.data.task.InterleavedRankingFactory;
import io.genrec.gpsd.ClickTask;
import io.genrec.hstu.Hstu;
import io.genrec.hstu.Stu;
import io.genrec.testkit.InferenceStrategyContract;
import io.genrec.transformer.Llama;
import io.genrec.transformer.Sasrec;
import org.junit.jupiter.api.Nested;

/** The strategies are held to the rules of the test kit. */
class StrategiesContractTest {
  private static final String LABELS =
      "{\"labels\": [{\"name\": \"click\"}, {\"name\": \"watch\"}]}";
  private static final String SMALL = "{\"blocks\": 2, \"heads\": 2}";

  @Nested
  class MFalconAfterActions extends InferenceStrategyContract {
    @Override
    protected Subject subject() {
      return Subject.of(new MFalcon(), new Hstu(), new InterleavedRankingFactory())
          .config("{\"microBatch\": 3, \"workers\": 2, \"prefillChunk\": 5}")
          .encoderConfig(SMALL)
          .taskConfig(LABELS);
    }
  }

  /** Too little room for three users. */
  @Nested
  class MFalconWithinRequests extends InferenceStrategyContract {
    @Override
    protected Subject subject() {
      return Subject.of(new MFalcon(), new Stu(), new ChunkRankingFactory())
          .config("{\"workers\": 2, \"cacheBytes\": 36000}")
          .encoderConfig(SMALL)
          .taskConfig(LABELS);
    }
  }

  @Nested
  class MFalconThatExtends extends InferenceStrategyContract {
    @Override
    protected Subject subject() {
      return Subject.of(new MFalcon(), new Llama(), new ClickTask.Factory())
          .config("{\"microBatch\": 8, \"workers\": 1}")
          .encoderConfig("{\"blocks\": 2, \"heads\": 4, \"keyValueHeads\": 2}")
          .ranking("{\"candidate\": {\"features\": [\"genre\"], \"numbers\": [\"duration\"]}}");
    }
  }

  @Nested
  class BatchedInPasses extends InferenceStrategyContract {
    @Override
    protected Subject subject() {
      return Subject.of(new Batched(), new Sasrec(), new InterleavedRankingFactory())
          .config("{\"microBatch\": 4, \"workers\": 2}")
          .encoderConfig(SMALL)
          .taskConfig(LABELS);
    }
  }

  @Nested
  class FullOneByOne extends InferenceStrategyContract {
    @Override
    protected Subject subject() {
      return Subject.of(new Full(), new Hstu(), new ChunkRankingFactory())
          .config("{\"workers\": 2}")
          .encoderConfig(SMALL)
          .taskConfig(LABELS);
    }
  }
}
