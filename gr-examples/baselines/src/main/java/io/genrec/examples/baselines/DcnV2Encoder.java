package io.genrec.examples.baselines;

import io.genrec.api.encoder.Capabilities;
import io.genrec.api.encoder.Capabilities.CacheScope;
import io.genrec.api.encoder.Capabilities.Causality;
import io.genrec.api.encoder.EncoderBlock;
import io.genrec.api.encoder.SequenceEncoder;
import io.genrec.api.graph.Dropout;
import io.genrec.api.graph.Scope;
import io.genrec.api.graph.Tensor;
import io.genrec.api.sequence.Schema;
import io.genrec.api.sequence.TokenContext;
import java.util.List;

/**
 * DCN-v2 (arXiv 2008.13535), stacked: a cross network, then a deep one, on each token's embeddings
 * and the mean of the embeddings of all others that the task's mask shows it (zeros if none).
 */
final class DcnV2Encoder implements SequenceEncoder {
  private final List<String> features;
  private final int maxLength;
  private final Dropout dropout;
  private final Askers askers;
  private final CrossNetwork cross;
  private final Mlp deep;

  DcnV2Encoder(DcnV2Config config, Scope scope, Schema schema) {
    features = config.inputFeatures();
    maxLength = schema.maxLength();
    dropout = scope.dropout("input", config.inputDropout());
    askers = new Askers(config.lastTokens());
    int width = 2 * Inputs.width(schema, features);
    cross = new CrossNetwork(scope.child("cross"), width, config.crosses());
    deep = new Mlp(scope.child("deep"), width, config.hidden(), schema.dim());
  }

  @Override
  public Tensor input(TokenContext tokens) {
    Tensor all = dropout.apply(Inputs.embed(tokens, features));
    Tensor others = askers.of(Inputs.others(tokens, all.dim(1)), tokens);
    Tensor mean = others.matmul(all).dividedBy(others.sum(-1).max(1));
    return Tensor.concat(-1, List.of(askers.of(all, tokens), mean));
  }

  @Override
  public List<EncoderBlock> blocks() {
    return List.of();
  }

  @Override
  public Tensor encode(TokenContext tokens) {
    return askers.spread(output(cross.apply(input(tokens)), tokens), tokens);
  }

  @Override
  public Tensor output(Tensor x, TokenContext tokens) {
    return deep.apply(x);
  }

  @Override
  public Capabilities capabilities() {
    return new Capabilities(Causality.CAUSAL, CacheScope.NONE, maxLength);
  }
}
