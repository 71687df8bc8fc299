package io.genrec.engine.training;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.genrec.api.GenRecException;
import io.genrec.api.encoder.Capabilities;
import io.genrec.api.encoder.Capabilities.CacheScope;
import io.genrec.api.encoder.Capabilities.Causality;
import io.genrec.api.encoder.EncoderBlock;
import io.genrec.api.encoder.SequenceEncoder;
import io.genrec.api.graph.Tensor;
import io.genrec.api.sequence.Role;
import io.genrec.api.sequence.Schema;
import io.genrec.api.sequence.TokenContext;
import io.genrec.api.training.SamplerContext;
import io.genrec.engine.model.Model;
import io.genrec.engine.optimizer.Optimizer;
import io.genrec.engine.optimizer.OptimizerConfig;
import io.genrec.engine.optimizer.ParameterStore;
import io.genrec.engine.runtime.Device;
import io.genrec.engine.wiring.Registry;
import java.util.List;
import java.util.Set;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.memory.RootAllocator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class SupervisionTest {
  @ParameterizedTest
  @EnumSource(names = {"TARGETS_ONLY", "BIDIRECTIONAL"})
  void refusesTargetsOfTokensThatOthersBeforeThemSee(Causality causality) {
    Capabilities seeing = new Capabilities(causality, CacheScope.NONE, 9);
    assertThatThrownBy(
            () ->
                Supervision.requireHidden(seeing, Set.of(Role.EVENT, Role.ACTION, Role.CANDIDATE)))
        .isInstanceOf(GenRecException.class)
        .hasMessageContaining("[GR/NotCausal]")
        .hasMessageContaining("action and event tokens")
        .hasMessageContaining(causality.name())
        .hasMessageContaining("know of earlier ones only");
    assertThatCode(() -> Supervision.requireHidden(seeing, Set.of(Role.CANDIDATE)))
        .doesNotThrowAnyException();
  }

  @Test
  void aCausalEncoderMayPredictAnything() {
    Capabilities causal = new Capabilities(Causality.CAUSAL, CacheScope.ALL_BUT_LAST, 9);
    assertThatCode(() -> Supervision.requireHidden(causal, Set.of(Role.values())))
        .doesNotThrowAnyException();
  }

  @Test
  void refusesTargetsOfTokensThatKnowWhatFollows() {
    Capabilities fromEnd = new Capabilities(Causality.CAUSAL, CacheScope.WITHIN_REQUEST, 9);
    assertThatThrownBy(() -> Supervision.requireHidden(fromEnd, Set.of(Role.EVENT)))
        .hasMessageContaining("[GR/NotCausal]")
        .hasMessageContaining("how many tokens follow")
        .hasMessageContaining("WITHIN_REQUEST");
    assertThatCode(() -> Supervision.requireHidden(fromEnd, Set.of(Role.CANDIDATE)))
        .doesNotThrowAnyException();
  }

  @Test
  void refusesCandidatesThatSeeEachOther() {
    Capabilities meeting = new Capabilities(Causality.CAUSAL, CacheScope.NONE, 9, false);
    Capabilities apart = new Capabilities(Causality.CAUSAL, CacheScope.NONE, 9);
    assertThatThrownBy(() -> Supervision.requireApart(meeting, 10))
        .hasMessageContaining("[GR/CandidatesMeet]")
        .hasMessageContaining("up to 10 together")
        .hasMessageContaining("\"chunk\": 1");
    assertThatThrownBy(() -> Supervision.requireApart(meeting, Integer.MAX_VALUE))
        .hasMessageContaining("any number together");
    assertThatCode(() -> Supervision.requireApart(meeting, 1)).doesNotThrowAnyException();
    assertThatCode(() -> Supervision.requireApart(apart, 10)).doesNotThrowAnyException();
  }

  @Test
  void nothingIsCachedForCandidatesThatSeeEachOther() {
    assertThatThrownBy(() -> new Capabilities(Causality.CAUSAL, CacheScope.EXTENDABLE, 9, false))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("must be NONE but is EXTENDABLE");
  }

  @Test
  void whoSeesAllSeesCandidates() {
    assertThat(
            new Capabilities(Causality.BIDIRECTIONAL, CacheScope.NONE, 9).independentCandidates())
        .isFalse();
    assertThatThrownBy(() -> new Capabilities(Causality.BIDIRECTIONAL, CacheScope.NONE, 9, true))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("candidates see each other");
  }

  /** Gives embeddings, and says that history rows see each other. */
  private static final class Seeing implements SequenceEncoder {
    @Override
    public Tensor input(TokenContext tokens) {
      return tokens.embed(Schema.ITEM);
    }

    @Override
    public List<EncoderBlock> blocks() {
      return List.of();
    }

    @Override
    public Tensor output(Tensor x, TokenContext tokens) {
      return x;
    }

    @Override
    public Capabilities capabilities() {
      return new Capabilities(
          Causality.TARGETS_ONLY, CacheScope.WITHIN_REQUEST, Toy.schema().maxLength());
    }
  }

  @Test
  void aTaskThatPredictsTheNextItemIsNotTrainedWithSuchAnEncoder() {
    Registry registry = Toy.registry();
    Model model = new Model("seeing", Toy.schema(), scope -> new Seeing());
    try (BufferAllocator memory = new RootAllocator();
        ParameterStore parameters = new ParameterStore(model.parameters().values(), memory);
        Optimizer optimizer =
            OptimizerConfig.adamw(0.01).optimizer(parameters, List.of(), 10, memory)) {
      assertThatThrownBy(
              () ->
                  new Trainer(
                      model,
                      registry.task(Toy.config("{\"name\": \"next\"}"), Toy.schema()),
                      registry.loss(Toy.config("{\"name\": \"full-softmax\"}")),
                      registry.sampler(
                          Toy.config(
                              "{\"name\": \"any\", \"sharing\": \"position\", \"count\": 2}"),
                          new SamplerContext(new long[Toy.ITEMS + 1])),
                      Toy.histories(3),
                      parameters,
                      optimizer,
                      Toy.config("{}").as(TrainingSettings.class),
                      1,
                      Start.FRESH,
                      Device.CPU,
                      memory))
          .isInstanceOf(GenRecException.class)
          .hasMessageContaining("[GR/NotCausal]");
    }
  }
}
