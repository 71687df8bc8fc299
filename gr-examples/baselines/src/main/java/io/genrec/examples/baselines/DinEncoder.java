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
 * The Deep Interest Network (arXiv 1706.06978). Every token q asks all others k that the task's
 * mask shows it:
 *
 * <pre>
 *   interest = sum over k of unit(k, q) k
 *   y        = MLP([interest, q, interest * q])
 * </pre>
 *
 * <p>All activations are SiLU; the paper's Dice needs statistics of the batch, on which results
 * must not depend.
 */
final class DinEncoder implements SequenceEncoder {
  private final List<String> features;
  private final int maxLength;
  private final Dropout dropout;
  private final Askers askers;
  private final ActivationUnit unit;
  private final Mlp output;

  DinEncoder(DinConfig config, Scope scope, Schema schema) {
    features = config.inputFeatures();
    maxLength = schema.maxLength();
    dropout = scope.dropout("input", config.inputDropout());
    askers = new Askers(config.lastTokens());
    int width = Inputs.width(schema, features);
    unit = new ActivationUnit(scope.child("activation"), width, config.activation());
    output = new Mlp(scope.child("output"), 3 * width, config.hidden(), schema.dim());
  }

  @Override
  public Tensor input(TokenContext tokens) {
    return dropout.apply(Inputs.embed(tokens, features));
  }

  @Override
  public List<EncoderBlock> blocks() {
    return List.of();
  }

  @Override
  public Tensor encode(TokenContext tokens) {
    Tensor k = input(tokens);
    Tensor q = askers.of(k, tokens);
    Tensor others = askers.of(Inputs.others(tokens, k.dim(1)), tokens);
    Tensor interest = unit.weights(q, k).times(others).matmul(k);
    Tensor y = output(Tensor.concat(-1, List.of(interest, q, interest.times(q))), tokens);
    return askers.spread(y, tokens);
  }

  @Override
  public Tensor output(Tensor x, TokenContext tokens) {
    return output.apply(x);
  }

  @Override
  public Capabilities capabilities() {
    return new Capabilities(Causality.CAUSAL, CacheScope.NONE, maxLength);
  }
}
