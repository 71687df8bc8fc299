package io.genrec.testkit;

import io.genrec.api.task.Label;
import io.genrec.engine.loss.FullSoftmax;
import io.genrec.engine.loss.Multitask;
import io.genrec.engine.loss.SampledSoftmax;
import org.junit.jupiter.api.Nested;

/** The engine's losses keep the contract. */
class BuiltInLossesTest {
  @Nested
  class SampledSoftmaxByDefault extends LossContract {
    @Override
    protected Subject subject() {
      return Subject.of(new SampledSoftmax());
    }
  }

  @Nested
  class CorrectedSampledSoftmax extends LossContract {
    @Override
    protected Subject subject() {
      return Subject.of(new SampledSoftmax()).config("{\"temperature\": 0.5, \"logQ\": true}");
    }
  }

  @Nested
  class FullSoftmaxByDefault extends LossContract {
    @Override
    protected Subject subject() {
      return Subject.of(new FullSoftmax());
    }
  }

  @Nested
  class FullSoftmaxOfDotProducts extends LossContract {
    @Override
    protected Subject subject() {
      return Subject.of(new FullSoftmax()).config("{\"cosine\": false, \"temperature\": 1}");
    }
  }

  @Nested
  class MultitaskOfOutcomes extends LossContract {
    @Override
    protected Subject subject() {
      return Subject.of(new Multitask())
          .labels(
              new Label("click", Label.Kind.BINARY, 1),
              new Label("seconds", Label.Kind.REGRESSION, 0.5),
              new Label("like", Label.Kind.BINARY, 2));
    }
  }
}
