package io.genrec.engine.ranking;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.data.Offset.offset;

import io.genrec.api.encoder.Capabilities;
import io.genrec.api.encoder.EncoderBlock;
import io.genrec.api.encoder.SequenceEncoder;
import io.genrec.api.graph.Scope;
import io.genrec.api.graph.Tensor;
import io.genrec.api.sequence.Batch;
import io.genrec.api.sequence.Role;
import io.genrec.api.sequence.Schema;
import io.genrec.api.sequence.TokenColumns;
import io.genrec.api.sequence.TokenContext;
import io.genrec.api.sequence.TokenRow;
import io.genrec.api.task.Label;
import io.genrec.engine.model.Model;
import io.genrec.engine.optimizer.ParameterStore;
import io.genrec.engine.runtime.CompiledGraph;
import io.genrec.engine.runtime.SessionSettings;
import java.nio.FloatBuffer;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.memory.RootAllocator;
import org.junit.jupiter.api.Test;

/** The head and the segments of GPSD against plain loops. */
class CandidateHeadTest {
  private static final int DIM = 4;
  private static final int KIND_DIM = 2;
  private static final Schema SCHEMA =
      new Schema(
          List.of(
              new Schema.Feature(Schema.ITEM, 5, DIM),
              new Schema.Feature("kind", 3, KIND_DIM, Schema.Owner.ITEM)),
          List.of(new Schema.Numeric("price", Schema.Owner.ITEM, 0, 1, List.of())),
          Schema.Outcomes.NONE,
          DIM,
          6,
          8);
  private static final int[] ITEMS = {3, 1, 5, 2};
  private static final int[] KINDS = {2, 0, 3, 1};
  private static final float[] PRICES = {0.5f, -1, 2, 0};

  /** Gives back what tokens are before it. */
  private static final class Nothing implements SequenceEncoder {
    @Override
    public Tensor input(TokenContext tokens) {
      return tokens.embedding();
    }

    @Override
    public List<EncoderBlock> blocks() {
      return List.of();
    }

    @Override
    public Tensor encode(TokenContext tokens) {
      return input(tokens);
    }

    @Override
    public Tensor output(Tensor x, TokenContext tokens) {
      return x;
    }

    @Override
    public Capabilities capabilities() {
      return new Capabilities(Capabilities.Causality.CAUSAL, Capabilities.CacheScope.NONE, 8);
    }
  }

  private static Optional<Ranker> ranker(Scope scope, CandidateHead.Config config) {
    return Optional.of(
        new Ranker(
            new SegmentEmbedding(scope.child("input"), SCHEMA),
            new CandidateHead(config, scope.child("head"), SCHEMA, List.of("click")),
            List.of(new Label("click", Label.Kind.BINARY, 1))));
  }

  private static Model model(List<String> features, List<String> numbers) {
    return new Model(
        "none",
        SCHEMA,
        Set.of(Role.EVENT, Role.CANDIDATE),
        scope -> new Nothing(),
        scope -> ranker(scope, new CandidateHead.Config(features, numbers)));
  }

  /** Two events, then two candidates. */
  private static void write(Batch batch) {
    TokenRow row =
        new TokenRow(
            batch,
            1,
            ITEMS.length,
            new TokenColumns(List.of(Schema.ITEM, "kind"), List.of("price"), List.of(), List.of()));
    for (int slot = 0; slot < ITEMS.length; slot++) {
      row.token(slot < 2 ? Role.EVENT : Role.CANDIDATE, slot, slot, slot);
      row.feature(Schema.ITEM, slot, ITEMS[slot]);
      row.feature("kind", slot, KINDS[slot]);
      row.number("price", slot, PRICES[slot]);
    }
  }

  private static double value(ParameterStore values, String name, int row, int column, int width) {
    return values.column(name).bytes().asFloatBuffer().get(row * width + column);
  }

  private static double expected(ParameterStore values, int slot) {
    double[] in = new double[DIM + KIND_DIM + 1];
    for (int d = 0; d < DIM; d++) {
      in[d] =
          value(values, "embedding/item", ITEMS[slot], d, DIM)
              + value(values, "input/segment", slot < 2 ? 0 : 1, d, DIM);
    }
    for (int d = 0; d < KIND_DIM; d++) {
      in[DIM + d] = value(values, "embedding/kind", KINDS[slot], d, KIND_DIM);
    }
    in[DIM + KIND_DIM] = PRICES[slot];
    double logit = value(values, "head/second/bias", 0, 0, 1);
    int hidden = 4 * DIM;
    for (int h = 0; h < hidden; h++) {
      double sum = value(values, "head/first/bias", 0, h, hidden);
      for (int i = 0; i < in.length; i++) {
        sum += in[i] * value(values, "head/first/weight", i, h, hidden);
      }
      logit += Math.max(0, sum) * value(values, "head/second/weight", h, 0, 1);
    }
    return logit;
  }

  @Test
  void logitsAreThoseOfPlainLoops() {
    Model model = model(List.of("kind"), List.of("price"));
    try (BufferAllocator memory = new RootAllocator();
        ParameterStore values = new ParameterStore(model.parameters().values(), memory);
        CompiledGraph graph = CompiledGraph.of(model.predictions(), SessionSettings.cpu());
        Batch inputs = new Batch(memory);
        Batch outputs = new Batch(memory)) {
      values.initialise(3);
      // Large enough that biases and the rectifier matter.
      values
          .parameters()
          .forEach(
              parameter -> {
                FloatBuffer all = values.column(parameter.name()).bytes().asFloatBuffer();
                for (int i = 0; i < all.limit(); i++) {
                  all.put(i, all.get(i) * 20 + (float) Math.sin(i) / 4);
                }
              });
      write(inputs);
      graph.run(
          name -> inputs.columns().containsKey(name) ? inputs.column(name) : values.column(name),
          outputs);
      FloatBuffer logits = outputs.column(Model.PREDICTION + "click").bytes().asFloatBuffer();
      assertThat(logits.limit()).isEqualTo(ITEMS.length);
      for (int slot = 0; slot < ITEMS.length; slot++) {
        assertThat((double) logits.get(slot)).isCloseTo(expected(values, slot), offset(1e-5));
      }
    }
  }

  @Test
  void refusesWhatTheModelDoesNotHave() {
    assertThatThrownBy(() -> model(List.of("kinds"), List.of()))
        .hasMessageContaining("[GR/UnknownFeature]")
        .hasMessageContaining("did you mean \"kind\"?");
    assertThatThrownBy(() -> model(List.of(), List.of("cost")))
        .hasMessageContaining("[GR/UnknownFeature]");
  }
}
