package io.genrec.hstu;

import io.genrec.api.encoder.Attend;
import io.genrec.api.encoder.EncoderBlock;
import io.genrec.api.encoder.Memory;
import io.genrec.api.encoder.Part;
import io.genrec.api.encoder.Projection;
import io.genrec.api.encoder.Rows;
import io.genrec.api.graph.Dropout;
import io.genrec.api.graph.Initializer;
import io.genrec.api.graph.Parameter;
import io.genrec.api.graph.Scope;
import io.genrec.api.graph.Tensor;
import io.genrec.api.sequence.TokenContext;
import java.util.List;
import java.util.Map;

/**
 * One STU layer, the production form of HSTU:
 *
 * <pre>
 *   u, v, q, k = Norm(x) W + beta
 *   a_i = sum over visible j of SiLU(alpha q_i . k_j) / N * v_j
 *   y = x + dropout([SiLU(u), a, SiLU(u) * Norm(a)]) O
 * </pre>
 *
 * The norms have a learned scale and shift; {@link StuMask} says what is visible.
 */
final class StuBlock implements EncoderBlock {
  private final StuConfig config;
  private final Rows rows;
  private final int dqk;
  private final int dv;
  private final double alpha;
  private final int maxLength;
  private final StuMask mask;
  private final AffineNorm inputNorm;
  private final Parameter uvqk;
  private final Parameter beta;
  private final AffineNorm outputNorm;
  private final Parameter output;
  private final Dropout dropout;
  private final Dropout depth;

  /**
   * Declares the layer's parameters.
   *
   * @param dim the model's width
   * @param rows the rows that enter the layer
   * @param maxLength N, the constant that attention is divided by: the most rows that enter
   */
  StuBlock(StuConfig config, Scope scope, int dim, Rows rows, int maxLength) {
    this.config = config;
    this.rows = rows;
    this.maxLength = maxLength;
    int heads = config.heads();
    dqk = config.dqk() != null ? config.dqk() : Math.max(1, dim / heads);
    dv = config.dv() != null ? config.dv() : Math.max(1, dim / heads);
    alpha = config.attentionAlpha() != null ? config.attentionAlpha() : 1 / Math.sqrt(dqk);
    mask =
        new StuMask(config.maxAttention(), config.minFullAttention(), config.contextSeesHistory());
    inputNorm = AffineNorm.declare(scope.child("input_norm"), config.epsilon(), dim);
    long width = 2L * heads * dv + 2L * heads * dqk;
    uvqk = scope.parameter("uvqk", Initializer.xavierUniform(), dim, width);
    beta = scope.parameter("beta", Initializer.zeros(), width);
    long[] normed = config.groupNorm() ? new long[] {heads, 1} : new long[] {(long) heads * dv};
    outputNorm = AffineNorm.declare(scope.child("output_norm"), config.epsilon(), normed);
    output = scope.parameter("o", Initializer.xavierUniform(), 3L * heads * dv, dim);
    dropout = scope.dropout("o", config.linearDropout());
    depth = scope.dropout("depth", config.stochasticDepth());
  }

  @Override
  public Rows rows() {
    return rows;
  }

  @Override
  public Projection project(Tensor x, TokenContext tokens) {
    int heads = config.heads();
    Tensor h = inputNorm.of(x).matmul(uvqk.in(x)).plus(beta.in(x));
    List<Tensor> parts =
        h.split(-1, (long) heads * dv, (long) heads * dv, (long) heads * dqk, (long) heads * dqk);
    Memory memory = Memory.of(perHead(parts.get(3), dqk), perHead(parts.get(1), dv));
    return new Projection(perHead(parts.get(2), dqk), memory, Map.of("u", parts.get(0).silu()));
  }

  private Tensor perHead(Tensor x, int width) {
    return x.reshape(x.dim(0), x.dim(1), config.heads(), width);
  }

  @Override
  public Tensor aggregate(Tensor queries, List<Part> parts) {
    List<Part> visible =
        parts.stream().map(part -> new Part(part.memory(), mask.of(part.pairs()))).toList();
    return Attend.silu(queries.times(alpha), visible, 1.0 / maxLength, Attend.Bias.NONE);
  }

  @Override
  public Tensor transform(Tensor x, Tensor aggregated, Projection own, TokenContext tokens) {
    Tensor u = own.carried("u");
    Tensor a = aggregated.reshape(u.shape());
    Tensor normed =
        config.groupNorm() ? outputNorm.of(aggregated).reshape(u.shape()) : outputNorm.of(a);
    Tensor inner = dropout.apply(Tensor.concat(-1, List.of(u, a, u.times(normed))));
    return x.plus(depth.applyToSequences(inner.matmul(output.in(x))));
  }
}
