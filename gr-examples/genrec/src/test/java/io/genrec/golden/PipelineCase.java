package io.genrec.golden;

import io.genrec.api.config.StrictConfig;
import io.genrec.api.encoder.EncoderBlock;
import io.genrec.api.encoder.Part;
import io.genrec.api.encoder.Projection;
import io.genrec.api.graph.Tensor;
import io.genrec.api.sequence.Batch;
import io.genrec.api.sequence.History;
import io.genrec.api.sequence.Role;
import io.genrec.api.sequence.Schema;
import io.genrec.api.sequence.Schema.Owner;
import io.genrec.api.sequence.TokenColumns;
import io.genrec.api.sequence.TokenContext;
import io.genrec.api.sequence.TokenRow;
import io.genrec.api.task.Label;
import io.genrec.api.training.Sampler.Sharing;
import io.genrec.engine.loss.Multitask;
import io.genrec.engine.model.Model;
import io.genrec.engine.ranking.ContextualEmbedding;
import io.genrec.engine.ranking.MultitaskHead;
import io.genrec.engine.ranking.Ranker;
import io.genrec.hstu.Stu;
import io.genrec.hstu.StuConfig;
import java.nio.FloatBuffer;
import java.nio.LongBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.apache.arrow.memory.BufferAllocator;

/**
 * Kind {@code ranking_pipeline}: from tokens through two STU layers to predictions, losses and the
 * gradient of every parameter.
 */
final class PipelineCase {
  private static final int SEQUENCES = 3;
  private static final Set<Role> ROLES = Set.of(Role.CONTEXT, Role.EVENT, Role.CANDIDATE);
  private static final List<String> CONTEXT = List.of("user_id", "ctx2_0", "ctx2_1");
  private static final List<Label> LABELS =
      List.of(
          new Label("click", Label.Kind.BINARY, 1),
          new Label("like", Label.Kind.BINARY, 1),
          new Label("wt", Label.Kind.REGRESSION, 1));

  private final GoldenCase golden;
  private final Batch weights;
  private final Batch inputs;
  private final Batch outputs;
  private final int length;

  private PipelineCase(GoldenCase golden, Batch weights, Batch inputs, Batch outputs) {
    this.golden = golden;
    this.weights = weights;
    this.inputs = inputs;
    this.outputs = outputs;
    // The longest sequence of the batch, which the reference divides attention by.
    length = CONTEXT.size() + golden.number("max_uih_len") + golden.number("max_targets");
  }

  static void check(GoldenCase golden, BufferAllocator memory) {
    try (Batch weights = new Batch(memory);
        Batch inputs = new Batch(memory);
        Batch outputs = new Batch(memory)) {
      new PipelineCase(golden, weights, inputs, outputs).check();
    }
  }

  private void check() {
    weights();
    Model model = model();
    List<Integer> slots = write();
    forward(model, slots);
    predictions(model, slots);
    gradients(model);
  }

  private String stu() {
    return """
        {"blocks": %d, "heads": %d, "dqk": %d, "dv": %d, "inputDropout": 0, "linearDropout": 0,
         "positionBuckets": %d, "timeBuckets": %d, "output": "timestamp-layer-norm"}
        """
        .formatted(
            golden.number("num_layers"),
            golden.number("heads"),
            golden.number("attention_dim"),
            golden.number("hidden_dim"),
            golden.number("num_position_buckets"),
            // As the reference clamps: at the width of its table, not at its rows.
            golden.number("embedding_dim") - 1);
  }

  private Model model() {
    int in = golden.number("input_embedding_dim");
    int dim = golden.number("embedding_dim");
    List<Schema.Feature> seen = new ArrayList<>();
    seen.add(new Schema.Feature(Schema.ITEM, 20, in));
    seen.add(new Schema.Feature("extra", 20, in, Owner.ITEM));
    CONTEXT.forEach(name -> seen.add(new Schema.Feature(name, 3, in, Owner.USER)));
    List<Schema.Feature> all = new ArrayList<>(seen);
    all.add(new Schema.Feature("candidate", 6, in, Owner.ITEM));
    ContextualEmbedding.Config embedding =
        new ContextualEmbedding.Config(
            golden.number("preproc_hidden"),
            golden.number("action_embedding_dim"),
            List.of("extra"),
            Map.of("user_id", golden.meta("contextual_min_uih").path("user_id").intValue()),
            golden.number("layer_norm_eps_mlp", 1e-5),
            List.of());
    StuConfig options = StrictConfig.parse("golden", stu()).as(StuConfig.class);
    MultitaskHead.Config head = new MultitaskHead.Config(10, List.of("candidate"), 1e-5);
    return new Model(
        "stu",
        schema(all, dim),
        ROLES,
        scope -> new Stu().create(options, scope, schema(all, dim)),
        scope ->
            Optional.of(
                new Ranker(
                    new ContextualEmbedding(
                        embedding,
                        scope.child("input"),
                        schema(seen, dim),
                        golden.meta("action_weights").size(),
                        ROLES),
                    new MultitaskHead(
                        head,
                        scope.child("head"),
                        schema(all, dim),
                        LABELS.stream().map(Label::name).toList()),
                    LABELS)));
  }

  private Schema schema(List<Schema.Feature> features, int dim) {
    return new Schema(
        features, List.of(), Schema.Outcomes.NONE, dim, golden.number("max_uih_len"), length);
  }

  private void weights() {
    RankingWeights.fill(golden, weights, CONTEXT);
    RankingWeights.table(weights, "item", golden.tensor("inputs/seq_embeddings"));
    RankingWeights.table(weights, "extra", golden.tensor("inputs/extra"));
    RankingWeights.table(weights, "user_id", golden.tensor("inputs/user_id_emb"));
    RankingWeights.table(weights, "ctx2_0", golden.tensor("inputs/ctx2_emb"));
    RankingWeights.table(weights, "ctx2_1", golden.tensor("inputs/ctx2_emb"));
    RankingWeights.table(weights, "candidate", golden.tensor("inputs/candidate_item_emb"));
  }

  /** Writes all tokens; gives the slots of the candidates, counted over all sequences. */
  private List<Integer> write() {
    GoldenTensor lengths = golden.tensor("inputs/seq_lengths");
    GoldenTensor targets = golden.tensor("inputs/num_targets");
    GoldenTensor present = golden.tensor("inputs/ctx2_lengths");
    List<String> features = new ArrayList<>(List.of(Schema.ITEM, "extra", "candidate"));
    features.addAll(CONTEXT);
    features.add(Schema.ACTIONS);
    List<String> labels = LABELS.stream().map(Label::name).toList();
    TokenRow row =
        new TokenRow(
            inputs, SEQUENCES, length, new TokenColumns(features, List.of(), List.of(), labels));
    List<Integer> slots = new ArrayList<>();
    int token = 0;
    int event = 0;
    int past = 0;
    for (int b = 0; b < SEQUENCES; b++) {
      row.at(b);
      for (int slot = 0; slot < CONTEXT.size(); slot++) {
        row.token(Role.CONTEXT, slot, History.NO_TIME, History.NO_TIME);
      }
      row.feature("user_id", 0, b + 1);
      // Values of the second field stand one after another; those that are absent are row 0.
      for (int i = 0; i < present.whole(b); i++) {
        row.feature(CONTEXT.get(1 + i), 1 + i, ++past);
      }
      int events = (int) (lengths.whole(b) - targets.whole(b));
      for (int i = 0; i < lengths.whole(b); i++, token++) {
        int slot = CONTEXT.size() + i;
        boolean seen = i < events;
        long time = golden.tensor("inputs/timestamps").whole(token);
        row.token(seen ? Role.EVENT : Role.CANDIDATE, slot, time, time);
        row.feature(Schema.ITEM, slot, token + 1);
        row.feature("extra", slot, token + 1);
        row.feature(
            Schema.ACTIONS,
            slot,
            seen ? (int) golden.tensor("inputs/actions_uih").whole(event++) : -1);
        if (!seen) {
          int candidate = slots.size();
          row.feature("candidate", slot, candidate + 1);
          for (int label = 0; label < LABELS.size(); label++) {
            row.label(
                LABELS.get(label).name(),
                slot,
                (float) golden.tensor("eval/labels").at(label, candidate),
                (float) golden.tensor("eval/weights_used").at(label, candidate));
          }
          slots.add(b * length + slot);
        }
      }
    }
    for (int label = 0; label < LABELS.size(); label++) {
      String name = LABELS.get(label).name();
      double own = 0;
      for (int candidate = 0; candidate < slots.size(); candidate++) {
        own += golden.tensor("eval/weights_used").at(label, candidate);
        same("eval/labels", label, candidate, golden.tensor("inputs/label_" + name));
        if (golden.has("inputs/weight_" + name)) {
          same("eval/weights_used", label, candidate, golden.tensor("inputs/weight_" + name));
        }
      }
      inputs.floats("label_scales/" + name).put(0, (float) (1 / Math.max(1, own)));
    }
    return slots;
  }

  private void same(String path, int label, int candidate, GoldenTensor given) {
    golden.compare(
        path,
        new double[] {golden.tensor(path).at(label, candidate)},
        new double[] {given.at(candidate)},
        0,
        0);
  }

  private void forward(Model model, List<Integer> slots) {
    MultitaskHead head = (MultitaskHead) model.ranker().orElseThrow().head();
    RankingWeights.run(
        model.inspect("forward", tokens -> forward(model, head, tokens)), weights, inputs, outputs);
    GoldenTensor lengths = golden.tensor("intermediate/pre_lengths");
    for (String name : List.of("pre_embeddings", "after_positional", "stu_output")) {
      golden.compare(
          name,
          golden.tensor("intermediate/" + name).values(),
          ResearchCase.rows(outputs.column(name), lengths),
          2e-5,
          1e-4);
    }
    List<Double> times = new ArrayList<>();
    var written = inputs.column("tokens/time").bytes().asLongBuffer();
    for (int b = 0; b < SEQUENCES; b++) {
      for (int i = 0; i < lengths.whole(b); i++) {
        // The reference has no absent times: those of context are 0.
        times.add((double) Math.max(0, written.get(b * length + i)));
      }
    }
    golden.compare(
        "times",
        golden.tensor("intermediate/pre_timestamps").values(),
        times.stream().mapToDouble(Double::doubleValue).toArray(),
        0,
        0);
    candidates("eval/candidate_user_embeddings", "outputs", slots);
    candidates("eval/candidate_item_embeddings", "items", slots);
  }

  private void candidates(String path, String output, List<Integer> slots) {
    GoldenTensor expected = golden.tensor(path);
    int dim = expected.shape()[1];
    double[] all = ResearchCase.reals(outputs.column(output));
    double[] actual = new double[slots.size() * dim];
    for (int candidate = 0; candidate < slots.size(); candidate++) {
      System.arraycopy(all, slots.get(candidate) * dim, actual, candidate * dim, dim);
    }
    golden.compare(path, expected.values(), actual, 2e-5, 1e-4);
  }

  private static Map<String, Tensor> forward(Model model, MultitaskHead head, TokenContext tokens) {
    Map<String, Tensor> all = new LinkedHashMap<>();
    all.put("pre_embeddings", tokens.embedding());
    Tensor x = model.encoder().input(tokens);
    all.put("after_positional", x);
    for (EncoderBlock block : model.encoder().blocks()) {
      Projection own = block.project(x, tokens);
      Tensor aggregated =
          block.aggregate(own.queries(), List.of(new Part(own.memory(), tokens.pairs())));
      x = block.transform(x, aggregated, own, tokens);
    }
    all.put("stu_output", x);
    all.put("outputs", model.encoder().output(x, tokens));
    all.put("items", head.items(tokens));
    return all;
  }

  private void predictions(Model model, List<Integer> slots) {
    RankingWeights.run(model.predictions(), weights, inputs, outputs);
    GoldenTensor expected = golden.tensor("eval/preds");
    for (int label = 0; label < LABELS.size(); label++) {
      double[] all =
          ResearchCase.reals(outputs.column(Model.PREDICTION + LABELS.get(label).name()));
      boolean chance = LABELS.get(label).kind() == Label.Kind.BINARY;
      for (int candidate = 0; candidate < slots.size(); candidate++) {
        double got = all[slots.get(candidate)];
        golden.compare(
            LABELS.get(label).name(),
            new double[] {expected.at(label, candidate)},
            new double[] {chance ? 1 / (1 + Math.exp(-got)) : got},
            2e-5,
            1e-4);
      }
    }
  }

  private void gradients(Model model) {
    double weight = golden.number("causal_multitask_weights", 0);
    labelled();
    RankingWeights.run(
        model.training(
            new Multitask().create(new Multitask.Config(weight)), Sharing.POSITION, false),
        weights,
        inputs,
        outputs);
    double total = 0;
    for (double loss : golden.tensor("eval/losses").values()) {
      total += loss;
    }
    double[] loss = ResearchCase.reals(outputs.column(Model.LOSS));
    golden.compare("sum of losses", new double[] {total}, loss, 1e-5, 1e-5);
    for (String theirs : golden.names("grads")) {
      GoldenTensor known = golden.tensor("grads/" + theirs);
      if (theirs.equals("seq_embeddings")) {
        double[] rows = gradient("embedding/item");
        int none = rows.length - known.values().length;
        compare(theirs, known, Arrays.copyOfRange(rows, none, rows.length));
      } else if (RankingWeights.isContext(theirs)) {
        for (int slot = 0; slot < CONTEXT.size(); slot++) {
          String ours = RankingWeights.context(theirs, CONTEXT.get(slot));
          compare(theirs, RankingWeights.slot(known, slot), gradient(ours));
        }
      } else {
        GoldenTensor used = RankingWeights.layout(theirs, known);
        compare(theirs, used, gradient(RankingWeights.name(theirs)));
        int left = known.values().length - used.values().length;
        double[] unused =
            Arrays.copyOfRange(known.values(), used.values().length, known.values().length);
        golden.compare("unused rows of " + theirs, unused, new double[left], 0, 0);
      }
    }
  }

  /** The places of tokens with outcomes, and a place more for padding. */
  private void labelled() {
    FloatBuffer counts = inputs.column("targets/weight").bytes().asFloatBuffer();
    LongBuffer places = inputs.longs(Model.LABELLED, SEQUENCES, length + 1L);
    for (int b = 0; b < SEQUENCES; b++) {
      int at = b * (length + 1);
      for (int i = 0; i < length; i++) {
        if (counts.get(b * length + i) > 0) {
          places.put(at++, i + 1L);
        }
      }
    }
  }

  private double[] gradient(String parameter) {
    return ResearchCase.reals(outputs.column(Model.GRADIENT + parameter));
  }

  private void compare(String theirs, GoldenTensor known, double[] actual) {
    golden.compareScaled("gradient of " + theirs, known.values(), actual, 1e-4);
  }
}
