package io.genrec.transformer;

import io.genrec.api.encoder.Attend;
import io.genrec.api.encoder.EncoderBlock;
import io.genrec.api.encoder.Memory;
import io.genrec.api.encoder.Part;
import io.genrec.api.encoder.Projection;
import io.genrec.api.graph.Dropout;
import io.genrec.api.graph.Initializer;
import io.genrec.api.graph.Parameter;
import io.genrec.api.graph.Scope;
import io.genrec.api.graph.Tensor;
import io.genrec.api.sequence.TokenContext;
import java.util.List;
import java.util.Map;

/**
 * One SASRec layer (arXiv 1808.09781, section III-B), with the residual from the normalised input:
 *
 * <pre>
 *   n = LN(x);  q = n Wq + bq;  k, v = x Wkv + bkv
 *   a_i = sum over visible j of dropout(softmax_j(q_i . k_j / sqrt(dim / heads))) v_j
 *   z = LN(n + a Wo + bo)
 *   y = z + dropout(dropout(act(z W1 + b1)) W2 + b2)
 * </pre>
 */
final class SasrecBlock implements EncoderBlock {
  private static final String NORMAL = "normal";

  private final SasrecConfig config;
  private final int dim;
  private final int headDim;
  private final Parameter qkv;
  private final Parameter qkvBias;
  private final Parameter output;
  private final Parameter outputBias;
  private final Parameter inner;
  private final Parameter innerBias;
  private final Parameter outer;
  private final Parameter outerBias;
  private final Dropout attentionDropout;
  private final Dropout innerDropout;
  private final Dropout outerDropout;

  /**
   * Declares the layer's parameters.
   *
   * @param dim the model's width
   */
  SasrecBlock(SasrecConfig config, Scope scope, int dim) {
    this.config = config;
    this.dim = dim;
    headDim = HeadWidth.of(dim, config.heads());
    Integer given = config.hidden();
    int hidden = given != null ? given : dim;
    // Queries, keys and values are drawn as one matrix, as in the reference.
    qkv = scope.parameter("qkv", Initializer.xavierNormal(), dim, 3L * dim);
    qkvBias = scope.parameter("qkv_bias", Initializer.zeros(), 3L * dim);
    output = scope.parameter("o", Initializer.xavierNormal(), dim, dim);
    outputBias = scope.parameter("o_bias", Initializer.zeros(), dim);
    inner = scope.parameter("inner", Initializer.xavierNormal(), dim, hidden);
    innerBias = scope.parameter("inner_bias", fanIn(dim), hidden);
    outer = scope.parameter("outer", Initializer.xavierNormal(), hidden, dim);
    outerBias = scope.parameter("outer_bias", fanIn(hidden), dim);
    attentionDropout = scope.dropout("attention", config.blockDropout());
    innerDropout = scope.dropout("inner", config.blockDropout());
    outerDropout = scope.dropout("outer", config.blockDropout());
  }

  private static Initializer fanIn(int width) {
    return Initializer.uniform(1 / Math.sqrt(width));
  }

  @Override
  public Projection project(Tensor x, TokenContext tokens) {
    Tensor normal = x.layerNorm(config.epsilon());
    List<Tensor> weights = qkv.in(x).split(-1, dim, 2L * dim);
    List<Tensor> biases = qkvBias.in(x).split(-1, dim, 2L * dim);
    Tensor queries = normal.matmul(weights.get(0)).plus(biases.get(0));
    List<Tensor> seen = x.matmul(weights.get(1)).plus(biases.get(1)).split(-1, dim, dim);
    Memory memory = Memory.of(perHead(seen.get(0)), perHead(seen.get(1)));
    return new Projection(perHead(queries), memory, Map.of(NORMAL, normal));
  }

  private Tensor perHead(Tensor x) {
    return x.reshape(x.dim(0), x.dim(1), config.heads(), headDim);
  }

  @Override
  public Tensor aggregate(Tensor queries, List<Part> parts) {
    return Attend.softmax(
        queries,
        parts,
        (products, pairs) -> products.times(1 / Math.sqrt(headDim)),
        attentionDropout);
  }

  @Override
  public Tensor transform(Tensor x, Tensor aggregated, Projection own, TokenContext tokens) {
    Tensor attended = aggregated.reshape(x.shape()).matmul(output.in(x)).plus(outputBias.in(x));
    Tensor z = own.carried(NORMAL).plus(attended).layerNorm(config.epsilon());
    Tensor h = innerDropout.apply(activate(z.matmul(inner.in(x)).plus(innerBias.in(x))));
    return z.plus(outerDropout.apply(h.matmul(outer.in(x)).plus(outerBias.in(x))));
  }

  private Tensor activate(Tensor x) {
    return switch (config.activation()) {
      case RELU -> x.relu();
      case GELU -> x.gelu();
    };
  }
}
