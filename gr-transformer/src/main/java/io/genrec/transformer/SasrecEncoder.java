package io.genrec.transformer;

import io.genrec.api.encoder.Capabilities;
import io.genrec.api.encoder.Capabilities.CacheScope;
import io.genrec.api.encoder.Capabilities.Causality;
import io.genrec.api.encoder.EncoderBlock;
import io.genrec.api.encoder.SequenceEncoder;
import io.genrec.api.graph.Dropout;
import io.genrec.api.graph.ElementType;
import io.genrec.api.graph.Initializer;
import io.genrec.api.graph.Parameter;
import io.genrec.api.graph.Scope;
import io.genrec.api.graph.Tensor;
import io.genrec.api.sequence.Schema;
import io.genrec.api.sequence.TokenContext;
import java.util.ArrayList;
import java.util.List;

/**
 * SASRec: scaled embeddings plus learned absolute positions, SASRec layers, output of length 1
 * without a last normalisation of layers.
 */
final class SasrecEncoder implements SequenceEncoder {
  private static final double OUTPUT_EPSILON = 1e-6;

  private final int dim;
  private final int maxLength;
  private final Parameter position;
  private final Dropout inputDropout;
  private final List<EncoderBlock> blocks = new ArrayList<>();

  SasrecEncoder(SasrecConfig config, Scope scope, Schema schema) {
    dim = schema.dim();
    maxLength = schema.maxLength();
    Initializer initializer = Initializer.truncatedNormal(Math.sqrt(1.0 / dim));
    position = scope.parameter("position", initializer, maxLength, dim);
    inputDropout = scope.dropout("input", config.inputDropout());
    for (int layer = 0; layer < config.blocks(); layer++) {
      blocks.add(new SasrecBlock(config, scope.child("layer" + layer), dim));
    }
  }

  @Override
  public Tensor input(TokenContext tokens) {
    Tensor events = tokens.embedding().times(Math.sqrt(dim));
    Tensor placed = events.plus(position.in(events).gather(tokens.position()));
    return inputDropout.apply(placed).times(tokens.valid().cast(ElementType.FLOAT).unsqueeze(-1));
  }

  @Override
  public List<EncoderBlock> blocks() {
    return blocks;
  }

  @Override
  public Tensor output(Tensor x, TokenContext tokens) {
    return x.l2Norm(OUTPUT_EPSILON);
  }

  @Override
  public Capabilities capabilities() {
    return new Capabilities(Causality.CAUSAL, CacheScope.EXTENDABLE, maxLength);
  }
}
