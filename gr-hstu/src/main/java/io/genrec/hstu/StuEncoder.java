package io.genrec.hstu;

import io.genrec.api.GenRecException;
import io.genrec.api.encoder.Capabilities;
import io.genrec.api.encoder.Capabilities.CacheScope;
import io.genrec.api.encoder.Capabilities.Causality;
import io.genrec.api.encoder.EncoderBlock;
import io.genrec.api.encoder.Rows;
import io.genrec.api.encoder.SequenceEncoder;
import io.genrec.api.graph.Dropout;
import io.genrec.api.graph.ElementType;
import io.genrec.api.graph.Scope;
import io.genrec.api.graph.Tensor;
import io.genrec.api.sequence.Schema;
import io.genrec.api.sequence.TokenContext;
import java.util.ArrayList;
import java.util.List;

/** HSTU's production form: embeddings with places and times, STU layers, a normalised output. */
final class StuEncoder implements SequenceEncoder {
  private final StuConfig config;
  private final int maxLength;
  private final PositionEncoder positions;
  private final Dropout inputDropout;
  private final List<EncoderBlock> blocks = new ArrayList<>();
  private final StuOutput output;

  StuEncoder(StuConfig config, Scope scope, Schema schema) {
    this.config = config;
    maxLength = schema.maxLength();
    int dim = schema.dim();
    positions = new PositionEncoder(config, scope, dim, maxLength);
    inputDropout = scope.dropout("input", config.inputDropout());
    Rows last = last(config, schema);
    for (int layer = 0; layer < config.blocks(); layer++) {
      Rows rows = layer < config.blocks() - config.lastLayers() ? Rows.ALL : last;
      int passed = rows.all() ? 0 : schema.maxHistory() - rows.last();
      blocks.add(new StuBlock(config, scope.child("layer" + layer), dim, rows, maxLength - passed));
    }
    output = new StuOutput(config, scope, dim);
  }

  private static Rows last(StuConfig config, Schema schema) {
    if (config.lastLayers() == 0) {
      return Rows.ALL;
    }
    if (config.lastTokens() >= schema.maxHistory()) {
      throw new GenRecException(
          "InvalidValue",
          "lastTokens must be below the longest history, "
              + schema.maxHistory()
              + " events, but is "
              + config.lastTokens()
              + "; lower it, or leave lastLayers and lastTokens out");
    }
    return Rows.last(config.lastTokens());
  }

  @Override
  public Tensor input(TokenContext tokens) {
    Tensor placed = positions.of(tokens.embedding(), tokens);
    return inputDropout.apply(placed).times(tokens.valid().cast(ElementType.FLOAT).unsqueeze(-1));
  }

  @Override
  public List<EncoderBlock> blocks() {
    return blocks;
  }

  @Override
  public Tensor output(Tensor x, TokenContext tokens) {
    return output.of(x, tokens);
  }

  @Override
  public Capabilities capabilities() {
    Causality causality = config.contextSeesHistory() ? Causality.TARGETS_ONLY : Causality.CAUSAL;
    boolean rowsStay =
        causality == Causality.CAUSAL
            && config.position() != StuConfig.Position.FROM_END
            && config.time() == StuConfig.Time.NONE
            && config.minFullAttention() == 0
            && config.lastLayers() == 0;
    CacheScope scope = rowsStay ? CacheScope.EXTENDABLE : CacheScope.WITHIN_REQUEST;
    return new Capabilities(causality, scope, maxLength);
  }
}
