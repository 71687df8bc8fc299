package io.genrec.transformer;

import io.genrec.api.encoder.Capabilities;
import io.genrec.api.encoder.Capabilities.CacheScope;
import io.genrec.api.encoder.Capabilities.Causality;
import io.genrec.api.encoder.EncoderBlock;
import io.genrec.api.encoder.Part;
import io.genrec.api.encoder.Projection;
import io.genrec.api.encoder.SequenceEncoder;
import io.genrec.api.graph.Dropout;
import io.genrec.api.graph.Scope;
import io.genrec.api.graph.Tensor;
import io.genrec.api.sequence.PairContext;
import io.genrec.api.sequence.Schema;
import io.genrec.api.sequence.TokenContext;
import java.util.ArrayList;
import java.util.List;

/**
 * The Llama form: the sum of embeddings without positions, layers whose attention knows distances,
 * a last normalisation.
 */
final class LlamaEncoder implements SequenceEncoder {
  private static final double OUTPUT_EPSILON = 1e-6;

  private final LlamaConfig config;
  private final int maxLength;
  private final Dropout inputDropout;
  private final List<EncoderBlock> layers = new ArrayList<>();
  private final RmsNorm norm;

  LlamaEncoder(LlamaConfig config, Scope scope, Schema schema) {
    this.config = config;
    int dim = schema.dim();
    maxLength = schema.maxLength();
    config.inputFeatures().forEach(name -> requireWidth(schema.feature(name), dim));
    int headDim = HeadWidth.of(dim, config.heads());
    if (headDim % 2 != 0) {
      throw new IllegalArgumentException(
          "heads must have an even width, since their entries are rotated in pairs, but "
              + config.heads()
              + " heads of a model of width "
              + dim
              + " have "
              + headDim);
    }
    Rotary rotary = new Rotary(headDim, maxLength, config.ropeTheta());
    inputDropout = scope.dropout("input", config.inputDropout());
    for (int layer = 0; layer < config.blocks(); layer++) {
      layers.add(new LlamaBlock(config, scope.child("layer" + layer), dim, rotary));
    }
    norm = RmsNorm.declare(scope, "norm", dim, config.epsilon());
  }

  private static void requireWidth(Schema.Feature feature, int dim) {
    if (feature.dim() != dim) {
      throw new IllegalArgumentException(
          "inputFeatures are added to the item's embedding, so each must have its width, "
              + dim
              + ", but \""
              + feature.name()
              + "\" has "
              + feature.dim());
    }
  }

  @Override
  public Tensor input(TokenContext tokens) {
    Tensor sum = tokens.embedding();
    for (String name : config.inputFeatures()) {
      sum = sum.plus(tokens.embed(name));
    }
    return inputDropout.apply(sum);
  }

  @Override
  public List<EncoderBlock> blocks() {
    return config.causal() ? layers : List.of();
  }

  @Override
  public Tensor encode(TokenContext tokens) {
    if (config.causal()) {
      return SequenceEncoder.super.encode(tokens);
    }
    PairContext all = PairContext.all(tokens, tokens);
    Tensor x = input(tokens);
    for (EncoderBlock layer : layers) {
      Projection own = layer.project(x, tokens);
      Tensor aggregated = layer.aggregate(own.queries(), List.of(new Part(own.memory(), all)));
      x = layer.transform(x, aggregated, own, tokens);
    }
    return output(x, tokens);
  }

  @Override
  public Tensor output(Tensor x, TokenContext tokens) {
    Tensor normal = norm.of(x);
    return switch (config.output()) {
      case RMS_NORM -> normal;
      case L2 -> normal.l2Norm(OUTPUT_EPSILON);
    };
  }

  @Override
  public Capabilities capabilities() {
    return config.causal()
        ? new Capabilities(Causality.CAUSAL, CacheScope.EXTENDABLE, maxLength)
        : new Capabilities(Causality.BIDIRECTIONAL, CacheScope.NONE, maxLength);
  }
}
