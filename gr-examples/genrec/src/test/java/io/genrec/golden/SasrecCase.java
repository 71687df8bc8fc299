package io.genrec.golden;

import io.genrec.api.config.StrictConfig;
import io.genrec.api.sequence.Schema;
import io.genrec.engine.model.Model;
import io.genrec.transformer.Sasrec;
import io.genrec.transformer.SasrecConfig;
import java.util.List;
import org.apache.arrow.memory.BufferAllocator;

/** Kind {@code sasrec_research}: forward, loss and every gradient of SASRec. */
final class SasrecCase {
  /** The reference stores all matrices of the layers the other way round. */
  private static final ResearchCase.Names NAMES =
      new ResearchCase.Names(
          "sasrec", SasrecCase::name, name -> name.matches(".*_layers\\.\\d+\\..*weight"));

  private SasrecCase() {}

  static SasrecConfig config(GoldenCase golden) {
    String activation = golden.meta("ffn_activation_fn").asText();
    return new SasrecConfig(
        golden.number("num_blocks"),
        golden.number("num_heads"),
        golden.number("ffn_hidden_dim"),
        StrictConfig.parse(golden.name(), '"' + activation + '"').as(SasrecConfig.Activation.class),
        0,
        0,
        golden.meta("layer_norm_eps").doubleValue());
  }

  private static String name(String reference) {
    return reference
        .replace("attention_layers.", "layer")
        .replace("forward_layers.", "layer")
        .replace(".in_proj_weight", "/qkv")
        .replace(".in_proj_bias", "/qkv_bias")
        .replace(".out_proj.weight", "/o")
        .replace(".out_proj.bias", "/o_bias")
        .replace("._conv1d.0.weight", "/inner")
        .replace("._conv1d.0.bias", "/inner_bias")
        .replace("._conv1d.3.weight", "/outer")
        .replace("._conv1d.3.bias", "/outer_bias");
  }

  static void check(GoldenCase golden, BufferAllocator memory) {
    Schema.Feature item =
        new Schema.Feature(
            Schema.ITEM, golden.number("num_items"), golden.number("item_embedding_dim"));
    Schema schema =
        new Schema(List.of(item), golden.number("max_sequence_len"), golden.number("padded_len_N"));
    SasrecConfig config = config(golden);
    Model model = new Model("sasrec", schema, scope -> new Sasrec().create(config, scope, schema));
    try (ResearchCase research = new ResearchCase(golden, memory, model, NAMES)) {
      research.evaluation();
      research.training();
    }
  }
}
