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
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.function.UnaryOperator;
import org.apache.arrow.memory.BufferAllocator;

/** What all research models have in common: forward, loss and every gradient. */
final class ResearchCase implements AutoCloseable {
  private final GoldenCase golden;
  private final Model model;
  private final Names names;
  private final Batch weights;
  private final Batch inputs;
  private final Batch outputs;

  /**
   * How we call and store a parameter of the reference.
   *
   * @param encoder the scope of the encoder's parameters
   * @param encoders our name of a parameter of the encoder
   * @param transposed whether we store a parameter the other way round
   */
  record Names(String encoder, UnaryOperator<String> encoders, Predicate<String> transposed) {
    String name(String reference) {
      return switch (reference) {
        case "_embedding_module._item_emb.weight" -> "embedding/item";
        case "_input_features_preproc._rating_emb.weight" -> "embedding/rating";
        case "_input_features_preproc._pos_emb.weight" -> encoder + "/position";
        default -> encoder + "/" + encoders.apply(reference);
      };
    }

    GoldenTensor layout(String reference, GoldenTensor tensor) {
      return transposed.test(reference) ? tensor.transposed() : tensor;
    }
  }

  ResearchCase(GoldenCase golden, BufferAllocator memory, Model model, Names names) {
    this.golden = golden;
    this.model = model;
    this.names = names;
    weights = new Batch(memory);
    inputs = new Batch(memory);
    outputs = new Batch(memory);
    for (String name : golden.names("weights")) {
      fill(weights, names.name(name), names.layout(name, golden.tensor("weights/" + name)));
    }
  }

  Model model() {
    return model;
  }

  @Override
  public void close() {
    weights.close();
    inputs.close();
    outputs.close();
  }

  /** Compares outputs, what the layers give, and scores; leaves the tokens as they are. */
  void evaluation() {
    GoldenTensor lengths = golden.tensor("inputs/past_lengths");
    GoldenTensor ids = golden.tensor("inputs/past_ids");
    tokens(golden, inputs, lengths, ids, golden.tensor("inputs/timestamps"));
    offsets(lengths);
    run(model.inspect("layers", this::layers));
    compareJagged("eval/encoder_output_jagged", outputs.column("outputs"), lengths);
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
          "intermediate_eval/layer" + layer + "_output_jagged",
          outputs.column("layer" + layer),
          lengths);
    }
    run(model.users());
    golden.compare(
        "encode_current",
        golden.tensor("eval/encode_current").values(),
        reals(outputs.column(Model.USER)),
        2e-5,
        1e-4);
    run(model.scores());
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

  /** Compares outputs, loss and gradients with targets and negatives. */
  void training() {
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
    run(model.inspect("outputs", tokens -> Map.of("outputs", model.encoder().encode(tokens))));
    compareJagged("train/encoder_output_jagged", outputs.column("outputs"), lengths);
    run(training(golden, model));
    double loss = reals(outputs.column(Model.LOSS))[0] / total;
    golden.compare("loss", golden.tensor("train/loss").values(), new double[] {loss}, 1e-5, 1e-5);
    for (String name : golden.names("grads")) {
      double[] gradient = reals(outputs.column(Model.GRADIENT + names.name(name)));
      for (int i = 0; i < gradient.length; i++) {
        gradient[i] /= total;
      }
      golden.compareScaled(
          "gradient of " + name,
          names.layout(name, golden.tensor("grads/" + name)).values(),
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

  private void offsets(GoldenTensor lengths) {
    GoldenTensor offsets = golden.tensor("inputs/offsets");
    for (int b = 0; b < lengths.shape()[0]; b++) {
      if (offsets.whole(b + 1) - offsets.whole(b) != lengths.whole(b)) {
        throw new AssertionError("offsets and lengths of sequence " + b + " differ");
      }
    }
  }

  /** What every layer gives. */
  private Map<String, Tensor> layers(TokenContext tokens) {
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

  static void tokens(
      GoldenCase golden, Batch inputs, GoldenTensor lengths, GoldenTensor ids, GoldenTensor times) {
    boolean rated = golden.text("input_preproc", "positional").equals("rated");
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

  /** Runs what is computed of the tokens. */
  double[] inspect(Function<TokenContext, Tensor> value) {
    run(model.inspect("value", tokens -> Map.of("value", value.apply(tokens))));
    return reals(outputs.column("value"));
  }

  private void run(Graph graph) {
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

  private void compareJagged(String path, Batch.Column padded, GoldenTensor lengths) {
    golden.compare(path, golden.tensor(path).values(), rows(padded, lengths), 2e-5, 1e-4);
  }

  /** The valid rows of [batch, length, dim], one after another. */
  static double[] rows(Batch.Column padded, GoldenTensor lengths) {
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

  static double[] array(List<Double> values) {
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
