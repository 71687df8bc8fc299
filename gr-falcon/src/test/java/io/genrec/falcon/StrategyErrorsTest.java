package io.genrec.falcon;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.genrec.api.encoder.Capabilities;
import io.genrec.api.encoder.EncoderBlock;
import io.genrec.api.encoder.SequenceEncoder;
import io.genrec.api.graph.ElementType;
import io.genrec.api.graph.Tensor;
import io.genrec.api.inference.Anchor;
import io.genrec.api.inference.Candidates;
import io.genrec.api.inference.InferenceStrategy;
import io.genrec.api.inference.ScoringRequest;
import io.genrec.api.sequence.Schema;
import io.genrec.api.sequence.TokenContext;
import io.genrec.engine.onnx.Precision;
import io.genrec.falcon.Scoring.Events;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Test;

class StrategyErrorsTest {
  /** Every token sees all others: the mean of all embeddings. */
  private record EachSeesAll() implements SequenceEncoder {
    @Override
    public Tensor input(TokenContext tokens) {
      return tokens.embed(Schema.ITEM);
    }

    @Override
    public List<EncoderBlock> blocks() {
      return List.of();
    }

    @Override
    public Tensor encode(TokenContext tokens) {
      Tensor x = input(tokens);
      Tensor valid = tokens.valid().cast(ElementType.FLOAT).unsqueeze(-1);
      return x.plus(x.times(valid).sum(1).dividedBy(valid.sum(1)));
    }

    @Override
    public Tensor output(Tensor x, TokenContext tokens) {
      return x;
    }

    @Override
    public Capabilities capabilities() {
      return new Capabilities(
          Capabilities.Causality.BIDIRECTIONAL, Capabilities.CacheScope.NONE, 14);
    }
  }

  private static ScoringRequest request(int... candidates) {
    return new ScoringRequest(
        Events.random(new Random(1), 5),
        0,
        1L << 33,
        Optional.of("a"),
        Candidates.items(candidates));
  }

  @Test
  void aBidirectionalEncoderIsScoredOneByOneOnly() throws Exception {
    try (Scoring scoring =
        new Scoring((scope, schema) -> new EachSeesAll(), Precision.FLOAT32, 1)) {
      double[] together = scoring.full().score(List.of(request(3, 7))).get(0).of("like");
      double[] alone = scoring.full().score(List.of(request(7))).get(0).of("like");
      assertThat(together[1]).isEqualTo(alone[0]);
      assertThatThrownBy(() -> new Batched().create(new BatchedConfig(8, 1), scoring.model()))
          .hasMessageContaining("[GR/CandidatesMeet]")
          .hasMessageContaining("\"full\"");
      assertThatThrownBy(() -> scoring.mFalcon(8, 1 << 20, 64))
          .hasMessageContaining("[GR/NotCacheable]")
          .hasMessageContaining("\"full\"");
    }
  }

  @Test
  void brokenWeightsAreSaidToBeBroken() throws Exception {
    try (Scoring scoring = new Scoring(Encoders.hstu("{}"), Precision.FLOAT32, 1)) {
      InferenceStrategy mFalcon = scoring.mFalcon(8, 1 << 20, 64);
      InferenceStrategy full = scoring.full();
      scoring.parameters().column("encoder/layer0/o").bytes().asFloatBuffer().put(0, Float.NaN);
      for (InferenceStrategy strategy : List.of(mFalcon, full)) {
        assertThatThrownBy(() -> strategy.score(List.of(request(3, 7))))
            .hasMessageContaining("[GR/NotANumber]")
            .hasMessageContaining("model test")
            .hasMessageContaining("\"like\"");
      }
    }
  }

  @Test
  void aFailedRequestLeavesNothingBehind() throws Exception {
    try (Scoring scoring = new Scoring(Encoders.hstu("{}"), Precision.FLOAT32, 1)) {
      InferenceStrategy strategy = scoring.mFalcon(8, 1 << 20, 64);
      Events unknown = Events.random(new Random(1), 5);
      unknown.items()[2] = Scoring.ITEMS + 5;
      ScoringRequest bad =
          new ScoringRequest(unknown, 0, 1L << 33, Optional.of("a"), Candidates.items(1));
      for (int i = 0; i < 2; i++) {
        assertThatThrownBy(() -> strategy.score(List.of(bad, request(1))))
            .hasMessageContaining("[GR/RunFailed]");
      }
      assertThat(strategy.score(List.of(request(1))).get(0).of("like")).hasSize(1);
    }
  }

  @Test
  void noCandidatesGiveNoScores() throws Exception {
    try (Scoring scoring = new Scoring(Encoders.hstu("{}"), Precision.FLOAT32, 1)) {
      assertThat(scoring.full().score(List.of(request())).get(0).of("like")).isEmpty();
      InferenceStrategy strategy = scoring.mFalcon(8, 1 << 20, 64);
      assertThat(strategy.score(List.of(request())).get(0).of("like")).isEmpty();
      assertThat(strategy.score(List.of())).isEmpty();
    }
  }

  @Test
  void numbersOutOfRangeAreRefused() {
    assertThatThrownBy(() -> new BatchedConfig(0, 1)).hasMessageContaining("microBatch");
    assertThatThrownBy(() -> new FullConfig(-1)).hasMessageContaining("workers");
    assertThatThrownBy(() -> new Anchor(10, 10)).hasMessageContaining("below maxHistory 10");
  }
}
