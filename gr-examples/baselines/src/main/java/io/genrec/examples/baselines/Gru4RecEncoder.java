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
 * GRU4Rec: item embeddings, GRU layers, a projection to the items' width, divided by its norm.
 *
 * <p>A state cannot be cut into parts, so this encoder is not made of blocks and nothing of it is
 * cached. Padding stands at the end, where no state after it counts.
 */
final class Gru4RecEncoder implements SequenceEncoder {
  private static final double EPSILON = 1e-6;

  private final int maxLength;
  private final Dropout inputDropout;
  private final List<GruLayer> layers = new ArrayList<>();
  private final Parameter output;
  private final Parameter outputBias;

  Gru4RecEncoder(Gru4RecConfig config, Scope scope, Schema schema) {
    Integer given = config.hidden();
    int hidden = given != null ? given : schema.dim();
    maxLength = schema.maxLength();
    inputDropout = scope.dropout("input", config.inputDropout());
    for (int layer = 0; layer < config.layers(); layer++) {
      int inputs = layer == 0 ? schema.dim() : hidden;
      layers.add(
          new GruLayer(scope.child("layer" + layer), inputs, hidden, config.hiddenDropout()));
    }
    output = scope.parameter("o", Initializer.xavierUniform(), hidden, schema.dim());
    outputBias = scope.parameter("o_bias", Initializer.zeros(), schema.dim());
  }

  @Override
  public Tensor input(TokenContext tokens) {
    return inputDropout.apply(tokens.embedding());
  }

  @Override
  public List<EncoderBlock> blocks() {
    return List.of();
  }

  @Override
  public Tensor encode(TokenContext tokens) {
    Tensor x = input(tokens).swap(0, 1);
    for (GruLayer layer : layers) {
      x = layer.apply(x);
    }
    return output(x.swap(0, 1), tokens);
  }

  @Override
  public Tensor output(Tensor x, TokenContext tokens) {
    return x.matmul(output.in(x)).plus(outputBias.in(x)).l2Norm(EPSILON);
  }

  @Override
  public Capabilities capabilities() {
    return new Capabilities(Causality.CAUSAL, CacheScope.NONE, maxLength, false);
  }
}
