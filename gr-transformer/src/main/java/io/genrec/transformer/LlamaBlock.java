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
 * One layer of the Llama form (arXiv 2302.13971, section 2.2), as GPSD uses it (arXiv 2506.03699):
 *
 * <pre>
 *   q, k, v = RMSNorm(x) W;  q, k = rotated by position
 *   a_i = sum over visible j of softmax_j(q_i . k_j / sqrt(dim / heads)) v_j
 *   z = x + dropout(a Wo)
 *   gate, up = RMSNorm(z) W1
 *   y = z + dropout((SiLU(gate) * up) W2)
 * </pre>
 *
 * <p>No product has a bias. Keys are remembered as rotated, so a cache needs no positions.
 */
final class LlamaBlock implements EncoderBlock {
  private static final double DEVIATION = 0.02;

  private final int heads;
  private final int groups;
  private final int headDim;
  private final int hidden;
  private final Rotary rotary;
  private final RmsNorm attentionNorm;
  private final Parameter qkv;
  private final Parameter output;
  private final RmsNorm feedForwardNorm;
  private final Parameter gateUp;
  private final Parameter down;
  private final Dropout attentionDropout;
  private final Dropout feedForwardDropout;

  /**
   * Declares the layer's parameters.
   *
   * @param dim the model's width
   * @param rotary the encoder's, shared by its layers
   */
  LlamaBlock(LlamaConfig config, Scope scope, int dim, Rotary rotary) {
    this.rotary = rotary;
    heads = config.heads();
    Integer shared = config.keyValueHeads();
    groups = shared != null ? shared : heads;
    headDim = HeadWidth.of(dim, heads);
    hidden = config.hidden(dim);
    Initializer normal = Initializer.normal(DEVIATION);
    attentionNorm = RmsNorm.declare(scope, "attention_norm", dim, config.epsilon());
    qkv = scope.parameter("qkv", normal, dim, (heads + 2L * groups) * headDim);
    output = scope.parameter("o", normal, dim, dim);
    feedForwardNorm = RmsNorm.declare(scope, "feed_forward_norm", dim, config.epsilon());
    gateUp = scope.parameter("gate_up", normal, dim, 2L * hidden);
    down = scope.parameter("down", normal, hidden, dim);
    attentionDropout = scope.dropout("attention", config.residualDropout());
    feedForwardDropout = scope.dropout("feed_forward", config.residualDropout());
  }

  @Override
  public Projection project(Tensor x, TokenContext tokens) {
    Tensor all = attentionNorm.of(x).matmul(qkv.in(x));
    List<Tensor> parts =
        all.reshape(x.dim(0), x.dim(1), heads + 2 * groups, headDim)
            .split(2, heads + groups, groups);
    Tensor rotated = rotary.rotate(parts.get(0), tokens.position());
    List<Tensor> queriesAndKeys = rotated.split(2, heads, groups);
    Memory memory = Memory.of(queriesAndKeys.get(1), parts.get(1));
    return new Projection(queriesAndKeys.get(0), memory, Map.of());
  }

  @Override
  public Tensor aggregate(Tensor queries, List<Part> parts) {
    return Attend.softmax(queries, parts, 1 / Math.sqrt(headDim));
  }

  @Override
  public Tensor transform(Tensor x, Tensor aggregated, Projection own, TokenContext tokens) {
    Tensor attended = aggregated.reshape(x.shape()).matmul(output.in(x));
    Tensor z = x.plus(attentionDropout.apply(attended));
    List<Tensor> gateAndUp = feedForwardNorm.of(z).matmul(gateUp.in(x)).split(-1, hidden, hidden);
    Tensor gated = gateAndUp.get(0).silu().times(gateAndUp.get(1));
    return z.plus(feedForwardDropout.apply(gated.matmul(down.in(x))));
  }
}
