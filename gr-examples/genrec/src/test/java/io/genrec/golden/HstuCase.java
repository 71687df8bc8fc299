package io.genrec.golden;

import io.genrec.api.sequence.Schema;
import io.genrec.engine.model.Model;
import io.genrec.hstu.BiasProbe;
import io.genrec.hstu.Hstu;
import io.genrec.hstu.HstuConfig;
import java.util.ArrayList;
import java.util.List;
import org.apache.arrow.memory.BufferAllocator;

/** Kind {@code hstu_research}: forward, loss and every gradient of research HSTU. */
final class HstuCase {
  /** Output projections are stored the other way round. */
  static final ResearchCase.Names NAMES =
      new ResearchCase.Names("hstu", HstuCase::name, name -> name.endsWith("._o.weight"));

  private static final String BIAS = "intermediate_eval/layer0_rel_attn_bias";

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

  private static String name(String reference) {
    return reference
        .replace("_hstu._attention_layers.", "layer")
        .replace("._uvqk", "/uvqk")
        .replace("._rel_attn_bias._ts_w", "/bias/time")
        .replace("._rel_attn_bias._pos_w", "/bias/position")
        .replace("._o.weight", "/o")
        .replace("._o.bias", "/o_bias");
  }

  static void check(GoldenCase golden, BufferAllocator memory) {
    try (ResearchCase research = new ResearchCase(golden, memory, model(golden), NAMES)) {
      research.evaluation();
      if (golden.has(BIAS)) {
        bias(golden, research);
      }
      research.training();
    }
  }

  private static void bias(GoldenCase golden, ResearchCase research) {
    GoldenTensor lengths = golden.tensor("inputs/past_lengths");
    GoldenTensor expected = golden.tensor(BIAS);
    int n = golden.number("padded_len_N");
    double[] actual =
        research.inspect(tokens -> BiasProbe.bias(research.model(), "hstu/layer0/bias", tokens));
    // [batch, length, length], with the length of the longest sequence.
    int length = (int) Math.sqrt(actual.length / (double) lengths.shape()[0]);
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
    golden.compare("relative bias", ResearchCase.array(known), ResearchCase.array(got), 2e-5, 1e-4);
  }
}
