package io.genrec.examples.baselines;

import io.genrec.api.encoder.Attend;
import io.genrec.api.encoder.EncoderBlock;
import io.genrec.api.encoder.Memory;
import io.genrec.api.encoder.Part;
import io.genrec.api.encoder.Projection;
import io.genrec.api.graph.Dropout;
import io.genrec.api.graph.ElementType;
import io.genrec.api.graph.Initializer;
import io.genrec.api.graph.Parameter;
import io.genrec.api.graph.Scope;
import io.genrec.api.graph.Tensor;
import io.genrec.api.sequence.TokenContext;
import java.util.List;
import java.util.Map;

/**
 * One FuXi-alpha layer (arXiv 2502.03036, section 3): adaptive multi-channel self-attention, in
 * which place, time and meaning each weigh the values for themselves, and a feed-forward network of
 * two stages:
 *
 * <pre>
 *   u, v, q, k = SiLU(RMSNorm(x) W)               u is three times as wide as v
 *   a_i = concat over channels of sum over visible j of weight_ij v_j, where weight_ij is
 *         p[j - i]                                by place,
 *         t[bucket(t_(i+1) - t_j)]                by time,
 *         SiLU(q_i . k_j) / N                     by meaning
 *   h = x + dropout(u * RMSNorm(a)) W_o + b_o                              the first stage
 *   y = h + (SiLU(g W_1) * (g W_2)) W_3 with g = dropout(RMSNorm(h))       the second stage
 * </pre>
 *
 * <p>Buckets are those of HSTU's relative bias: {@code bucket(d) = min(trunc(ln(max(|d|, 1)) /
 * 0.301), 128)} of seconds.
 */
final class FuxiAlphaBlock implements EncoderBlock {
  private static final int CHANNELS = 3;
  private static final int TIME_BUCKETS = 128;
  private static final double BUCKET_WIDTH = 0.301;

  private final int heads;
  private final int dqk;
  private final int dv;
  private final int maxLength;
  private final double epsilon;
  private final Parameter uvqk;
  private final Parameter place;
  private final Parameter time;
  private final Parameter output;
  private final Parameter outputBias;
  private final Parameter gate;
  private final Parameter up;
  private final Parameter down;
  private final Dropout attended;
  private final Dropout normalised;

  /**
   * Declares the layer's parameters.
   *
   * @param dim the model's width
   * @param maxLength N, the constant that attention is divided by
   */
  FuxiAlphaBlock(FuxiAlphaConfig config, Scope scope, int dim, int maxLength) {
    this.maxLength = maxLength;
    heads = config.heads();
    epsilon = config.epsilon();
    Integer keys = config.dqk();
    Integer values = config.dv();
    Integer inner = config.hidden();
    dqk = keys != null ? keys : Math.max(1, dim / heads);
    dv = values != null ? values : Math.max(1, dim / heads);
    long hidden = inner != null ? inner : dim;
    long wide = (long) CHANNELS * heads * dv;
    Initializer normal = Initializer.normal(0.02);
    Initializer xavier = Initializer.xavierUniform();
    uvqk = scope.parameter("uvqk", normal, dim, wide + (long) heads * dv + 2L * heads * dqk);
    place = scope.parameter("position", normal, 2L * maxLength - 1);
    time = scope.parameter("time", normal, TIME_BUCKETS + 1);
    output = scope.parameter("o", xavier, wide, dim);
    outputBias = scope.parameter("o_bias", Initializer.uniform(1 / Math.sqrt(wide)), dim);
    gate = scope.parameter("w1", xavier, dim, hidden);
    up = scope.parameter("w2", xavier, dim, hidden);
    down = scope.parameter("w3", xavier, hidden, dim);
    attended = scope.dropout("attended", config.dropout());
    normalised = scope.dropout("normalised", config.dropout());
  }

  @Override
  public Projection project(Tensor x, TokenContext tokens) {
    long value = (long) heads * dv;
    long key = (long) heads * dqk;
    List<Tensor> parts =
        x.rmsNorm(epsilon).matmul(uvqk.in(x)).silu().split(-1, CHANNELS * value, value, key, key);
    Memory memory = Memory.of(perHead(parts.get(3), dqk), perHead(parts.get(1), dv));
    return new Projection(perHead(parts.get(2), dqk), memory, Map.of("u", parts.get(0)));
  }

  private Tensor perHead(Tensor x, int width) {
    return x.reshape(x.dim(0), x.dim(1), heads, width);
  }

  /** All channels beside each other: {@code [batch, queries, heads, 3 dv]}. */
  @Override
  public Tensor aggregate(Tensor queries, List<Part> parts) {
    Attend.Score byPlace =
        (products, pairs) ->
            place
                .in(queries)
                .gather(pairs.distance().negate().plus(maxLength - 1))
                .unsqueeze(1)
                .times(Attend.mask(pairs));
    Attend.Score byTime =
        (products, pairs) ->
            time.in(queries).gather(bucket(pairs.elapsed())).unsqueeze(1).times(Attend.mask(pairs));
    return Tensor.concat(
        -1,
        List.of(
            Attend.pointwise(queries, parts, byPlace),
            Attend.pointwise(queries, parts, byTime),
            Attend.silu(queries, parts, 1.0 / maxLength, Attend.Bias.NONE)));
  }

  private static Tensor bucket(Tensor seconds) {
    Tensor logarithm = seconds.abs().cast(ElementType.FLOAT).max(1).log();
    return logarithm.dividedBy(BUCKET_WIDTH).min(TIME_BUCKETS).cast(ElementType.INT64);
  }

  @Override
  public Tensor transform(Tensor x, Tensor aggregated, Projection own, TokenContext tokens) {
    Tensor u = own.carried("u");
    Tensor gated = u.times(aggregated.reshape(u.shape()).rmsNorm(epsilon));
    Tensor h = x.plus(attended.apply(gated).matmul(output.in(x)).plus(outputBias.in(x)));
    Tensor g = normalised.apply(h.rmsNorm(epsilon));
    Tensor inner = g.matmul(gate.in(x)).silu().times(g.matmul(up.in(x)));
    return h.plus(inner.matmul(down.in(x)));
  }
}
