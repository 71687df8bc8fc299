package io.genrec.golden;

import io.genrec.api.graph.Graph;
import io.genrec.api.sequence.Batch;
import io.genrec.engine.runtime.CompiledGraph;
import io.genrec.engine.runtime.SessionSettings;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Weights of the reference's ranking modules under our names and in our layout. */
final class RankingWeights {
  private static final String CONTEXT = "_batched_contextual_linear_";

  /** The parts of a multilayer perceptron, which the reference numbers. */
  private static final List<String> PARTS = List.of("first", "gate", "second", "norm");

  private static final Pattern PART = Pattern.compile("(.*/)([0-3])\\.(weight|bias)");

  /** Longer ones first: a name ends where another goes on. */
  private static final List<Map.Entry<String, String>> NAMES =
      List.of(
          Map.entry("transducer._input_preprocessor.", ""),
          Map.entry("transducer._stu_module.", ""),
          Map.entry("transducer._positional_encoder._position_embeddings_weight", "stu/position"),
          Map.entry("transducer._positional_encoder._timestamp_embeddings_weight", "stu/time"),
          Map.entry("transducer._output_postprocessor._layer_norm.weight", "stu/norm/scale"),
          Map.entry("transducer._output_postprocessor._layer_norm.bias", "stu/norm/shift"),
          Map.entry(
              "transducer._output_postprocessor._time_feature_combiner.weight", "stu/calendar"),
          Map.entry(
              "transducer._output_postprocessor._time_feature_combiner.bias", "stu/calendar_bias"),
          Map.entry("_embedding_mlp._mlp.", "_embedding_mlp."),
          Map.entry("_content_embedding_mlp.", "input/content/"),
          Map.entry("_additional_embedding_mlp.", "input/additional/"),
          Map.entry("_action_embedding_mlp.", "input/action/"),
          Map.entry("_action_encoder._action_embedding_table", "input/action/table"),
          Map.entry("_action_encoder._target_action_embedding_table", "input/action/unknown"),
          Map.entry("item_mlp.", "head/item/"),
          Map.entry("multitask._prediction_module.", "head/prediction/"));

  private RankingWeights() {}

  /** Our name of a parameter of the reference. */
  static String name(String theirs) {
    String name = theirs;
    for (Map.Entry<String, String> entry : NAMES) {
      name = name.replace(entry.getKey(), entry.getValue());
    }
    Matcher numbered = PART.matcher(name);
    if (numbered.matches()) {
      int part = Integer.parseInt(numbered.group(2));
      return numbered.group(1) + PARTS.get(part) + "/" + numbered.group(3);
    }
    return name.startsWith("_stu_layers.") ? "stu/" + StuModel.name(name) : name;
  }

  /**
   * Linear layers are stored the other way round; those of context slots and of STU are not. Of the
   * table of times the reference uses as many rows as it is wide.
   */
  static GoldenTensor layout(String theirs, GoldenTensor tensor) {
    String ours = name(theirs);
    if (ours.equals("stu/time")) {
      int width = tensor.shape()[1];
      double[] used = Arrays.copyOf(tensor.values(), width * width);
      return new GoldenTensor(new int[] {width, width}, tensor.dtype(), used);
    }
    boolean linear =
        ours.endsWith("first/weight")
            || ours.endsWith("second/weight")
            || ours.equals("stu/calendar");
    return linear ? tensor.transposed() : tensor;
  }

  /**
   * Writes all weights of a file.
   *
   * @param context the fields of the user in the order of their slots
   */
  static void fill(GoldenCase golden, Batch weights, List<String> context) {
    for (String theirs : golden.names("weights")) {
      GoldenTensor tensor = golden.tensor("weights/" + theirs);
      if (!theirs.contains(CONTEXT)) {
        ResearchCase.fill(weights, name(theirs), layout(theirs, tensor));
        continue;
      }
      for (int slot = 0; slot < context.size(); slot++) {
        ResearchCase.fill(weights, context(theirs, context.get(slot)), slot(tensor, slot));
      }
    }
  }

  /** Whether a tensor holds the layers of all context slots. */
  static boolean isContext(String theirs) {
    return theirs.contains(CONTEXT);
  }

  /** Our name of a slot's part of such a tensor. */
  static String context(String theirs, String field) {
    return "input/context/" + field + (theirs.endsWith("weights") ? "/weight" : "/bias");
  }

  /** A slot's part of {@code [slots, ..]}. */
  static GoldenTensor slot(GoldenTensor all, int slot) {
    int[] shape = Arrays.copyOfRange(all.shape(), 1, all.shape().length);
    // Biases may have an axis of size 1 more.
    shape = shape.length == 2 && shape[0] == 1 ? new int[] {shape[1]} : shape;
    int entries = all.values().length / all.shape()[0];
    double[] values = Arrays.copyOfRange(all.values(), slot * entries, (slot + 1) * entries);
    return new GoldenTensor(shape, all.dtype(), values);
  }

  /** An embedding table: a row of zeros for "none", then the given rows. */
  static void table(Batch weights, String feature, GoldenTensor rows) {
    int dim = rows.shape()[1];
    double[] values = new double[rows.values().length + dim];
    System.arraycopy(rows.values(), 0, values, dim, rows.values().length);
    ResearchCase.fill(
        weights,
        "embedding/" + feature,
        new GoldenTensor(new int[] {rows.shape()[0] + 1, dim}, rows.dtype(), values));
  }

  /** Runs a graph on weights and inputs. */
  static void run(Graph graph, Batch weights, Batch inputs, Batch outputs) {
    Function<String, Batch.Column> find =
        name -> weights.columns().containsKey(name) ? weights.column(name) : inputs.column(name);
    try (CompiledGraph compiled = CompiledGraph.of(graph, SessionSettings.cpu())) {
      compiled.run(find::apply, outputs);
    }
  }
}
