package io.genrec.hstu;

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
 * Research HSTU: scaled embeddings plus learned absolute positions, HSTU layers, a normalised
 * output.
 */
final class HstuEncoder implements SequenceEncoder {
  private final HstuConfig config;
  private final int itemDim;
  private final int dim;
  private final int maxLength;
  private final Parameter position;
  private final Dropout inputDropout;
  private final List<EncoderBlock> blocks = new ArrayList<>();

  HstuEncoder(HstuConfig config, Scope scope, Schema schema) {
    this.config = config;
    itemDim = schema.dim();
    dim =
        itemDim
            + config.inputFeatures().stream().mapToInt(name -> schema.feature(name).dim()).sum();
    maxLength = schema.maxLength();
    position = scope.parameter("position", Initializer.xavierNormal(), maxLength, dim);
    inputDropout = scope.dropout("input", config.inputDropout());
    for (int layer = 0; layer < config.blocks(); layer++) {
      blocks.add(new HstuBlock(config, scope.child("layer" + layer), dim, maxLength));
    }
  }

  @Override
  public Tensor input(TokenContext tokens) {
    List<Tensor> embeddings = new ArrayList<>();
    embeddings.add(tokens.embedding());
    config.inputFeatures().forEach(name -> embeddings.add(tokens.embed(name)));
    Tensor events = Tensor.concat(-1, embeddings).times(Math.sqrt(dim));
    Tensor placed = events.plus(position.in(events).gather(tokens.position()));
    return inputDropout.apply(placed).times(tokens.valid().cast(ElementType.FLOAT).unsqueeze(-1));
  }

  @Override
  public List<EncoderBlock> blocks() {
    return blocks;
  }

  @Override
  public Tensor output(Tensor x, TokenContext tokens) {
    Tensor item = x.slice(-1, 0, itemDim);
    return config.output() == HstuConfig.Output.L2
        ? item.l2Norm(config.epsilon())
        : item.layerNorm(config.epsilon());
  }

  @Override
  public Capabilities capabilities() {
    CacheScope scope = config.timeBias() ? CacheScope.ALL_BUT_LAST : CacheScope.EXTENDABLE;
    return new Capabilities(Causality.CAUSAL, scope, maxLength);
  }
}
