package io.genrec.engine.bundle;

import io.genrec.api.encoder.Capabilities;
import io.genrec.api.encoder.EncoderBlock;
import io.genrec.api.encoder.EncoderFactory;
import io.genrec.api.encoder.SequenceEncoder;
import io.genrec.api.graph.ElementType;
import io.genrec.api.graph.Initializer;
import io.genrec.api.graph.Parameter;
import io.genrec.api.graph.Scope;
import io.genrec.api.graph.Tensor;
import io.genrec.api.sequence.Schema;
import io.genrec.api.sequence.TokenContext;
import java.util.List;

/**
 * The running sum of the events' embeddings of items and ratings, times a matrix, plus the hours
 * until the output is used times a vector.
 */
final class SumEncoder implements SequenceEncoder {
  private final Schema schema;
  private final Parameter mix;
  private final Parameter hours;

  private SumEncoder(Scope scope, Schema schema) {
    this.schema = schema;
    this.mix = scope.parameter("mix", Initializer.truncatedNormal(0.5), schema.dim(), schema.dim());
    this.hours = scope.parameter("hours", Initializer.truncatedNormal(0.5), schema.dim());
  }

  record Config() {}

  /** Brings the encoder under a name, in some version of its mathematics. */
  record Factory(String name, int specVersion) implements EncoderFactory<Config> {
    @Override
    public Class<Config> configType() {
      return Config.class;
    }

    @Override
    public SequenceEncoder create(Config config, Scope scope, Schema schema) {
      return new SumEncoder(scope, schema);
    }
  }

  @Override
  public Tensor input(TokenContext tokens) {
    return tokens.embed(Schema.ITEM).plus(tokens.embed("rating"));
  }

  @Override
  public List<EncoderBlock> blocks() {
    return List.of();
  }

  @Override
  public Tensor output(Tensor x, TokenContext tokens) {
    Tensor sum = x.cumulativeSum(1).matmul(mix.in(x));
    Tensor waited = tokens.predictionTime().minus(tokens.time()).cast(ElementType.FLOAT);
    return sum.plus(waited.dividedBy(3600).unsqueeze(2).times(hours.in(x)));
  }

  @Override
  public Capabilities capabilities() {
    return new Capabilities(
        Capabilities.Causality.CAUSAL, Capabilities.CacheScope.ALL_BUT_LAST, schema.maxLength());
  }
}
