package io.genrec.golden;

import io.genrec.api.config.StrictConfig;
import io.genrec.api.encoder.Head;
import io.genrec.api.sequence.Batch;
import io.genrec.api.sequence.History;
import io.genrec.api.sequence.Role;
import io.genrec.api.sequence.Schema;
import io.genrec.api.sequence.Schema.Owner;
import io.genrec.api.sequence.TokenColumns;
import io.genrec.api.sequence.TokenRow;
import io.genrec.engine.model.Model;
import io.genrec.engine.ranking.ContextualEmbedding;
import io.genrec.engine.ranking.Ranker;
import io.genrec.hstu.Hstu;
import io.genrec.hstu.HstuConfig;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.apache.arrow.memory.BufferAllocator;

/** Kind {@code interleave_preprocessor}: what item, action and context tokens are embedded as. */
final class InterleaveCase {
  private static final Set<Role> ROLES =
      Set.of(Role.CONTEXT, Role.EVENT, Role.ACTION, Role.CANDIDATE);

  private InterleaveCase() {}

  static void check(GoldenCase golden, BufferAllocator memory) {
    Model model = model(golden);
    try (Batch weights = new Batch(memory);
        Batch inputs = new Batch(memory);
        Batch outputs = new Batch(memory)) {
      RankingWeights.fill(golden, weights, List.of("user_id"));
      RankingWeights.table(weights, "item", golden.tensor("inputs/seq_embeddings"));
      RankingWeights.table(weights, "user_id", golden.tensor("inputs/user_id_emb"));
      for (String mode : List.of("train", "inference")) {
        write(golden, mode, inputs);
        RankingWeights.run(
            model.inspect(mode, tokens -> Map.of("embedding", tokens.embedding())),
            weights,
            inputs,
            outputs);
        golden.compare(
            mode,
            golden.tensor("eval/" + mode + "_embeddings").values(),
            ResearchCase.rows(
                outputs.column("embedding"), golden.tensor("eval/" + mode + "_lengths")),
            2e-5,
            1e-4);
      }
    }
  }

  private static Model model(GoldenCase golden) {
    int in = golden.number("input_embedding_dim");
    int tokens = golden.tensor("inputs/seq_embeddings").shape()[0];
    int users = golden.tensor("inputs/user_id_emb").shape()[0];
    Schema schema =
        new Schema(
            List.of(
                new Schema.Feature(Schema.ITEM, tokens, in),
                new Schema.Feature("user_id", users, in, Owner.USER)),
            List.of(),
            Schema.Outcomes.NONE,
            golden.number("output_embedding_dim"),
            10,
            32);
    int actions =
        golden.meta("action_weights").size() + golden.meta("watchtime_thresholds_weights").size();
    ContextualEmbedding.Config config =
        new ContextualEmbedding.Config(
            golden.number("hidden"),
            golden.number("action_embedding_dim"),
            List.of(),
            Map.of(),
            1e-5,
            List.of());
    Head none = (outputs, context) -> Map.of();
    return new Model(
        "hstu",
        schema,
        ROLES,
        scope ->
            new Hstu().create(StrictConfig.parse("hstu", "{}").as(HstuConfig.class), scope, schema),
        scope ->
            Optional.of(
                new Ranker(
                    new ContextualEmbedding(config, scope.child("input"), schema, actions, ROLES),
                    none,
                    List.of())));
  }

  /** Context, then item and action in turn; candidates have action tokens in training only. */
  private static void write(GoldenCase golden, String mode, Batch inputs) {
    GoldenTensor lengths = golden.tensor("inputs/seq_lengths");
    GoldenTensor targets = golden.tensor("inputs/num_targets");
    GoldenTensor times = golden.tensor("inputs/timestamps");
    GoldenTensor expected = golden.tensor("eval/" + mode + "_lengths");
    int longest = (int) golden.tensor("eval/" + mode + "_max_seq_len").whole(0);
    boolean training = mode.equals("train");
    inputs.clear();
    TokenRow row =
        new TokenRow(
            inputs,
            lengths.shape()[0],
            longest,
            new TokenColumns(
                List.of(Schema.ITEM, "user_id", Schema.ACTIONS), List.of(), List.of(), List.of()));
    int token = 0;
    int event = 0;
    List<Double> written = new ArrayList<>();
    for (int b = 0; b < lengths.shape()[0]; b++) {
      row.at(b).token(Role.CONTEXT, 0, History.NO_TIME, History.NO_TIME);
      row.feature("user_id", 0, b + 1);
      written.add(0.0);
      int slot = 1;
      int events = (int) (lengths.whole(b) - targets.whole(b));
      for (int i = 0; i < lengths.whole(b); i++, token++) {
        boolean past = i < events;
        long time = times.whole(token);
        row.token(past ? Role.EVENT : Role.CANDIDATE, slot, time, time);
        row.feature(Schema.ITEM, slot++, token + 1);
        written.add((double) time);
        if (past || training) {
          row.token(Role.ACTION, slot, time, time);
          row.feature(Schema.ACTIONS, slot++, past ? actions(golden, event++) : -1);
          written.add((double) time);
        }
      }
      golden.compare(mode + " length", new double[] {expected.at(b)}, new double[] {slot}, 0, 0);
      GoldenTensor counts = golden.tensor("eval/" + mode + "_num_targets");
      double candidates = targets.at(b) * (training ? 2 : 1);
      golden.compare(
          mode + " targets", new double[] {counts.at(b)}, new double[] {candidates}, 0, 0);
    }
    golden.compare(
        mode + " times",
        golden.tensor("eval/" + mode + "_timestamps").values(),
        written.stream().mapToDouble(Double::doubleValue).toArray(),
        0,
        0);
  }

  /** The bits of the actions, and one for each watch time that was reached. */
  private static int actions(GoldenCase golden, int event) {
    long bits = golden.tensor("inputs/actions_uih").whole(event);
    long watched = golden.tensor("inputs/watchtime_uih").whole(event);
    for (var threshold : golden.meta("watchtime_thresholds_weights")) {
      bits |= watched >= threshold.get(0).intValue() ? threshold.get(1).intValue() : 0;
    }
    return (int) bits;
  }
}
