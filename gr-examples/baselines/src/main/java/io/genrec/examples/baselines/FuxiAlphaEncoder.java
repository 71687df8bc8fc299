package io.genrec.examples.baselines;

import io.genrec.api.encoder.Capabilities;
import io.genrec.api.encoder.Capabilities.CacheScope;
import io.genrec.api.encoder.Capabilities.Causality;
import io.genrec.api.encoder.EncoderBlock;
import io.genrec.api.encoder.SequenceEncoder;
import io.genrec.api.graph.Dropout;
import io.genrec.api.graph.Initializer;
import io.genrec.api.graph.Parameter;
import io.genrec.api.graph.Scope;
import io.genrec.api.graph.Tensor;
import io.genrec.api.sequence.Schema;
import io.genrec.api.sequence.TokenContext;
import java.util.ArrayList;
import java.util.List;

/**
 * FuXi-alpha: scaled embeddings plus learned absolute positions, FuXi layers, an output divided by
 * its norm. Only the last row knows the request's time, so all others can be cached.
 */
final class FuxiAlphaEncoder implements SequenceEncoder {
  private final int dim;
  private final int maxLength;
  private final double epsilon;
  private final Parameter position;
  private final Dropout inputDropout;
  private final List<EncoderBlock> blocks = new ArrayList<>();

  FuxiAlphaEncoder(FuxiAlphaConfig config, Scope scope, Schema schema) {
    dim = schema.dim();
    maxLength = schema.maxLength();
    epsilon = config.epsilon();
    position = scope.parameter("position", Initializer.xavierNormal(), maxLength, dim);
    inputDropout = scope.dropout("input", config.inputDropout());
    for (int layer = 0; layer < config.blocks(); layer++) {
      blocks.add(new FuxiAlphaBlock(config, scope.child("layer" + layer), dim, maxLength));
    }
  }

  @Override
  public Tensor input(TokenContext tokens) {
    Tensor events = tokens.embedding().times(Math.sqrt(dim));
    return inputDropout.apply(events.plus(position.in(events).gather(tokens.position())));
  }

  @Override
  public List<EncoderBlock> blocks() {
    return blocks;
  }

  @Override
  public Tensor output(Tensor x, TokenContext tokens) {
    return x.l2Norm(epsilon);
  }

  @Override
  public Capabilities capabilities() {
    return new Capabilities(Causality.CAUSAL, CacheScope.ALL_BUT_LAST, maxLength);
  }
}
