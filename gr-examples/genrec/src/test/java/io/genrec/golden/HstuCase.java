package io.genrec.golden;

import io.genrec.api.encoder.EncoderBlock;
import io.genrec.api.encoder.Part;
import io.genrec.api.encoder.Projection;
import io.genrec.api.graph.ElementType;
import io.genrec.api.graph.Graph;
import io.genrec.api.graph.Tensor;
import io.genrec.api.sequence.Batch;
import io.genrec.api.sequence.Schema;
import io.genrec.api.sequence.TokenContext;
import io.genrec.api.sequence.TokenRow;
import io.genrec.api.training.Sampler.Sharing;
import io.genrec.engine.loss.SampledSoftmax;
import io.genrec.engine.model.Model;
import io.genrec.engine.runtime.CompiledGraph;
import io.genrec.engine.runtime.SessionSettings;
import io.genrec.hstu.BiasProbe;
import io.genrec.hstu.Hstu;
import io.genrec.hstu.HstuConfig;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import org.apache.arrow.memory.BufferAllocator;

/** Kind {@code hstu_research}: forward, loss and every gradient of research HSTU. */
final class HstuCase {
  private static final String ITEM_TABLE = "_embedding_module._item_emb.weight";

  private HstuCase() {}

  static Model model(GoldenCase golden) {
    int dim = golden.number("item_embedding_dim");
    List<Schema.Feature> features = new ArrayList<>();
    features.add(new Schema.Feature(Schema.ITEM, golden.number("num_items"), dim));
    boolean rated = golden.meta("input_preproc").asText().equals("rated");
    if (rated) {
      features.add(new Schema.Feature("rating", 5, golden.number("rating_embedding_dim")));
    }
    Schema schema =
        new Schema(features, golden.number("max_sequence_len"), golden.number("padded_len_N"));
    HstuConfig config =
        new HstuConfig(
            golden.number("num_blocks"),
            golden.number("num_heads"),
            golden.number("attention_dim_dqk"),
            golden.number("linear_dim_dv"),
            0,
            0,
            HstuConfig.Attention.POINTWISE,
            true,
            true,
            golden.meta("concat_ua").booleanValue(),
            golden.meta("output_postproc").asText().equals("l2")
                ? HstuConfig.Output.L2
                : HstuConfig.Output.LAYER_NORM,
            rated ? List.of("rating") : List.of(),
            golden.number("layer_norm_eps", 1e-6));
    return new Model("hstu", schema, scope -> new Hstu().create(config, scope, schema));
  }

  /** Our name of a parameter of the reference. */
  static String name(String reference) {
    String name =
        reference
            .replace(ITEM_TABLE, "embedding/item")
            .replace("_input_features_preproc._pos_emb.weight", "hstu/position")
            .replace("_input_features_preproc._rating_emb.weight", "embedding/rating")
            .replace("_hstu._attention_layers.", "hstu/layer");
    return name.replace("._uvqk", "/uvqk")
        .replace("._rel_attn_bias._ts_w", "/bias/time")
        .replace("._rel_attn_bias._pos_w", "/bias/position")
        .replace("._o.weight", "/o")
        .replace("._o.bias", "/o_bias");
  }

  /**
   * A parameter of the reference in our layout: output projections are stored the other way round.
   */
  static GoldenTensor layout(String reference, GoldenTensor tensor) {
    return reference.endsWith("._o.weight") ? tensor.transposed() : tensor;
  }

  static void check(GoldenCase golden, BufferAllocator memory) {
    Model model = model(golden);
    try (Batch weights = new Batch(memory);
        Batch inputs = new Batch(memory);
        Batch outputs = new Batch(memory)) {
      for (String name : golden.names("weights")) {
        GoldenTensor weight = layout(name, golden.tensor("weights/" + name));
        fill(weights, name(name), weight);
      }
      evaluation(golden, model, weights, inputs, outputs);
      training(golden, model, weights, inputs, outputs);
    }
  }

  private static void evaluation(
      GoldenCase golden, Model model, Batch weights, Batch inputs, Batch outputs) {
    GoldenTensor lengths = golden.tensor("inputs/past_lengths");
    GoldenTensor ids = golden.tensor("inputs/past_ids");
    tokens(golden, inputs, lengths, ids, golden.tensor("inputs/timestamps"));
    offsets(golden, lengths);
    run(model.inspect("layers", tokens -> layers(model, tokens)), weights, inputs, outputs);
    compareJagged(golden, "eval/encoder_output_jagged", outputs.column("outputs"), lengths);
    if (golden.has("intermediate_eval/preprocessed")) {
      GoldenTensor expected = golden.tensor("intermediate_eval/preprocessed");
      golden.compare(
          "preprocessed",
          valid(expected, lengths),
          rows(outputs.column("input"), lengths),
          2e-5,
          1e-4);
    }
    for (int layer = 0; golden.has("intermediate_eval/layer" + layer + "_output_jagged"); layer++) {
      compareJagged(
          golden,
          "intermediate_eval/layer" + layer + "_output_jagged",
          outputs.column("layer" + layer),
          lengths);
    }
    if (golden.has("intermediate_eval/layer0_rel_attn_bias")) {
      bias(golden, model, weights, inputs, outputs, lengths);
    }
    run(model.users(), weights, inputs, outputs);
    golden.compare(
        "encode_current",
        golden.tensor("eval/encode_current").values(),
        reals(outputs.column(Model.USER)),
        2e-5,
        1e-4);
    run(model.scores(), weights, inputs, outputs);
    double[] scores = reals(outputs.column(Model.SCORES));
    GoldenTensor expected = golden.tensor("eval/scores_all_items");
    int items = expected.shape()[1];
    double[] withoutNone = new double[expected.values().length];
    for (int b = 0; b < expected.shape()[0]; b++) {
      System.arraycopy(scores, b * (items + 1) + 1, withoutNone, b * items, items);
    }
    golden.compare("scores_all_items", expected.values(), withoutNone, 2e-5, 1e-4);
    // Ratings of targets play no part in the model; they are read so that nothing stays unseen.
    golden.tensor("inputs/target_ids");
    golden.tensor("inputs/target_ratings");
  }

  private static void training(
      GoldenCase golden, Model model, Batch weights, Batch inputs, Batch outputs) {
    GoldenTensor lengths = golden.tensor("inputs/past_lengths");
    GoldenTensor ids = golden.tensor("train/past_ids_with_target");
    GoldenTensor supervision = golden.tensor("train/supervision_ids_jagged");
    GoldenTensor importance = golden.tensor("train/supervision_weights_jagged");
    tokens(golden, inputs, lengths, ids, golden.tensor("inputs/timestamps"));
    double total = targets(golden, inputs, lengths, ids, golden.tensor("train/negative_ids"));
    int row = 0;
    for (int b = 0; b < lengths.shape()[0]; b++) {
      for (int t = 0; t < lengths.whole(b); t++, row++) {
        if (supervision.whole(row) != ids.whole(b, t + 1) || importance.at(row) != 1) {
          throw new AssertionError(
              "supervision of sequence " + b + " at " + t + " is not the next id");
        }
      }
    }
    run(
        model.inspect("outputs", tokens -> Map.of("outputs", model.encoder().encode(tokens))),
        weights,
        inputs,
        outputs);
    compareJagged(golden, "train/encoder_output_jagged", outputs.column("outputs"), lengths);
    run(training(golden, model), weights, inputs, outputs);
    double loss = reals(outputs.column(Model.LOSS))[0] / total;
    golden.compare("loss", golden.tensor("train/loss").values(), new double[] {loss}, 1e-5, 1e-5);
    for (String name : golden.names("grads")) {
      double[] gradient = reals(outputs.column(Model.GRADIENT + name(name)));
      for (int i = 0; i < gradient.length; i++) {
        gradient[i] /= total;
      }
      golden.compareScaled(
          "gradient of " + name,
          layout(name, golden.tensor("grads/" + name)).values(),
          gradient,
          1e-4);
    }
  }

  /** The training graph with the golden loss: sampled softmax with negatives of each position. */
  static Graph training(GoldenCase golden, Model model) {
    double temperature = golden.meta("temperature").doubleValue();
    return model.training(
        new SampledSoftmax().create(new SampledSoftmax.Config(temperature, 1e-6, false)),
        Sharing.POSITION,
        false);
  }

  private static void offsets(GoldenCase golden, GoldenTensor lengths) {
    GoldenTensor offsets = golden.tensor("inputs/offsets");
    for (int b = 0; b < lengths.shape()[0]; b++) {
      if (offsets.whole(b + 1) - offsets.whole(b) != lengths.whole(b)) {
        throw new AssertionError("offsets and lengths of sequence " + b + " differ");
      }
    }
  }

  /** What every layer gives. */
  private static Map<String, Tensor> layers(Model model, TokenContext tokens) {
    Map<String, Tensor> result = new LinkedHashMap<>();
    Tensor x = model.encoder().input(tokens);
    result.put("input", x);
    int layer = 0;
    for (EncoderBlock block : model.encoder().blocks()) {
      Projection own = block.project(x, tokens);
      Tensor aggregated =
          block.aggregate(own.queries(), List.of(new Part(own.memory(), tokens.pairs())));
      x = block.transform(x, aggregated, own, tokens);
      result.put("layer" + layer++, x);
    }
    result.put("outputs", model.encoder().output(x, tokens));
    return result;
  }

  private static void bias(
      GoldenCase golden,
      Model model,
      Batch weights,
      Batch inputs,
      Batch outputs,
      GoldenTensor lengths) {
    GoldenTensor expected = golden.tensor("intermediate_eval/layer0_rel_attn_bias");
    int n = golden.number("padded_len_N");
    run(
        model.inspect(
            "bias", tokens -> Map.of("bias", BiasProbe.bias(model, "hstu/layer0/bias", tokens))),
        weights,
        inputs,
        outputs);
    Batch.Column bias = outputs.column("bias");
    int length = (int) bias.size()[2];
    double[] actual = reals(bias);
    List<Double> known = new ArrayList<>();
    List<Double> got = new ArrayList<>();
    for (int b = 0; b < lengths.shape()[0]; b++) {
      for (int i = 0; i < lengths.whole(b); i++) {
        for (int j = 0; j <= i; j++) {
          known.add(expected.values()[(b * n + i) * n + j]);
          got.add(actual[(b * length + i) * length + j]);
        }
      }
    }
    golden.compare("relative bias", array(known), array(got), 2e-5, 1e-4);
  }

  static void tokens(
      GoldenCase golden, Batch inputs, GoldenTensor lengths, GoldenTensor ids, GoldenTensor times) {
    boolean rated = golden.meta("input_preproc").asText("positional").equals("rated");
    int sequences = lengths.shape()[0];
    int width = ids.shape()[1];
    int length = 0;
    for (int b = 0; b < sequences; b++) {
      length = Math.max(length, (int) lengths.whole(b));
    }
    List<String> features = rated ? List.of(Schema.ITEM, "rating") : List.of(Schema.ITEM);
    TokenRow row = new TokenRow(inputs, sequences, length, features, List.of(Schema.ITEM));
    for (int b = 0; b < sequences; b++) {
      row.at(b);
      for (int t = 0; t < lengths.whole(b); t++) {
        row.token(t, times.whole(b, t), times.whole(b, Math.min(t + 1, width - 1)));
        row.feature(Schema.ITEM, t, (int) ids.whole(b, t));
        if (rated) {
          row.feature("rating", t, (int) golden.tensor("inputs/ratings").whole(b, t));
        }
      }
    }
    if (golden.has("inputs/ratings")) {
      golden.tensor("inputs/ratings");
    }
  }

  /** Writes targets, weights and negatives; gives the total weight. */
  static double targets(
      GoldenCase golden,
      Batch inputs,
      GoldenTensor lengths,
      GoldenTensor ids,
      GoldenTensor negatives) {
    int sequences = lengths.shape()[0];
    int length = (int) inputs.column("tokens/valid").size()[1];
    int count = golden.number("num_negatives");
    var target = inputs.longs("targets/item", sequences, length);
    var weight = inputs.floats("targets/weight", sequences, length);
    var drawn = inputs.longs("negatives/item", sequences, length, count);
    double total = 0;
    int row = 0;
    for (int b = 0; b < sequences; b++) {
      for (int t = 0; t < lengths.whole(b); t++, row++) {
        int index = b * length + t;
        long next = ids.whole(b, t + 1);
        target.put(index, next);
        weight.put(index, next == 0 ? 0 : 1);
        total += next == 0 ? 0 : 1;
        for (int r = 0; r < count; r++) {
          drawn.put(index * count + r, negatives.whole(row, r));
        }
      }
    }
    return total;
  }

  static void run(Graph graph, Batch weights, Batch inputs, Batch outputs) {
    Function<String, Batch.Column> find =
        name -> weights.columns().containsKey(name) ? weights.column(name) : inputs.column(name);
    try (CompiledGraph compiled = CompiledGraph.of(graph, SessionSettings.cpu())) {
      compiled.run(find::apply, outputs);
    }
  }

  static void fill(Batch batch, String name, GoldenTensor tensor) {
    long[] size = new long[tensor.shape().length];
    for (int i = 0; i < size.length; i++) {
      size[i] = tensor.shape()[i];
    }
    var values = batch.floats(name, size);
    for (double value : tensor.values()) {
      values.put((float) value);
    }
  }

  private static void compareJagged(
      GoldenCase golden, String path, Batch.Column padded, GoldenTensor lengths) {
    golden.compare(path, golden.tensor(path).values(), rows(padded, lengths), 2e-5, 1e-4);
  }

  /** The valid rows of [batch, length, dim], one after another. */
  private static double[] rows(Batch.Column padded, GoldenTensor lengths) {
    return rows(reals(padded), (int) padded.size()[1], (int) padded.size()[2], lengths);
  }

  private static double[] valid(GoldenTensor padded, GoldenTensor lengths) {
    return rows(padded.values(), padded.shape()[1], padded.shape()[2], lengths);
  }

  private static double[] rows(double[] values, int length, int dim, GoldenTensor lengths) {
    List<Double> rows = new ArrayList<>();
    for (int b = 0; b < lengths.shape()[0]; b++) {
      for (int i = 0; i < lengths.whole(b) * dim; i++) {
        rows.add(values[b * length * dim + i]);
      }
    }
    return array(rows);
  }

  private static double[] array(List<Double> values) {
    return values.stream().mapToDouble(Double::doubleValue).toArray();
  }

  static double[] reals(Batch.Column column) {
    if (column.element() != ElementType.FLOAT) {
      throw new AssertionError("not a column of reals: " + column);
    }
    ByteBuffer bytes = column.bytes();
    double[] values = new double[column.entries()];
    for (int i = 0; i < values.length; i++) {
      values[i] = bytes.getFloat(i * Float.BYTES);
    }
    return values;
  }
}
