package io.genrec.hstu;

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
 * One HSTU layer (arXiv 2402.17152, equations 1 to 3):
 *
 * <pre>
 *   u, v, q, k = SiLU(LN(x) W)
 *   a_i = sum over visible j of SiLU(q_i . k_j + bias_ij) / N * v_j
 *   y = x + o(dropout(u * LN(a)))
 * </pre>
 */
final class HstuBlock implements EncoderBlock {
  private final HstuConfig config;
  private final int dqk;
  private final int dv;
  private final int maxLength;
  private final Parameter uvqk;
  private final RelativeBias bias;
  private final Parameter output;
  private final Parameter outputBias;
  private final Dropout dropout;

  /**
   * Declares the layer's parameters.
   *
   * @param dim the model's width
   * @param maxLength N, the constant that attention is divided by
   */
  HstuBlock(HstuConfig config, Scope scope, int dim, int maxLength) {
    this.config = config;
    this.maxLength = maxLength;
    int heads = config.heads();
    dqk = config.dqk() != null ? config.dqk() : Math.max(1, dim / heads);
    dv = config.dv() != null ? config.dv() : Math.max(1, dim / heads);
    uvqk =
        scope.parameter("uvqk", Initializer.normal(0.02), dim, 2L * heads * dv + 2L * heads * dqk);
    bias =
        RelativeBias.declare(
            scope.child("bias"), maxLength, config.positionBias(), config.timeBias());
    int inner = (config.concatUa() ? 3 : 1) * heads * dv;
    output = scope.parameter("o", Initializer.xavierUniform(), inner, dim);
    outputBias = scope.parameter("o_bias", Initializer.uniform(1 / Math.sqrt(inner)), dim);
    dropout = scope.dropout("o", config.linearDropout());
  }

  @Override
  public Projection project(Tensor x, TokenContext tokens) {
    int heads = config.heads();
    Tensor h = x.layerNorm(config.epsilon()).matmul(uvqk.in(x)).silu();
    List<Tensor> parts =
        h.split(-1, (long) heads * dv, (long) heads * dv, (long) heads * dqk, (long) heads * dqk);
    Memory memory = Memory.of(perHead(parts.get(3), dqk), perHead(parts.get(1), dv));
    return new Projection(perHead(parts.get(2), dqk), memory, Map.of("u", parts.get(0)));
  }

  private Tensor perHead(Tensor x, int width) {
    return x.reshape(x.dim(0), x.dim(1), config.heads(), width);
  }

  @Override
  public Tensor aggregate(Tensor queries, List<Part> parts) {
    if (config.attention() == HstuConfig.Attention.SOFTMAX) {
      return Attend.softmax(
          queries,
          parts,
          (products, pairs) ->
              bias.of(pairs)
                  // The heads share it.
                  .map(b -> products.plus(b.unsqueeze(1)))
                  .orElse(products)
                  .times(1 / Math.sqrt(dqk)));
    }
    return parts.stream()
        .map(part -> pointwise(queries, part))
        .reduce(Tensor::plus)
        .orElseThrow(() -> new IllegalArgumentException("no parts"));
  }

  private Tensor pointwise(Tensor queries, Part part) {
    double scale = 1.0 / maxLength;
    return bias.fused(queries, part, scale, Attend.silu(queries, List.of(part), scale, bias::of));
  }

  @Override
  public Tensor transform(Tensor x, Tensor aggregated, Projection own, TokenContext tokens) {
    Tensor u = own.carried("u");
    Tensor a = aggregated.reshape(u.shape()).layerNorm(config.epsilon());
    Tensor gated = u.times(a);
    Tensor inner = config.concatUa() ? Tensor.concat(-1, List.of(u, a, gated)) : gated;
    return x.plus(dropout.apply(inner).matmul(output.in(x)).plus(outputBias.in(x)));
  }
}
