package io.genrec.testkit;

import io.genrec.api.encoder.Attend;
import io.genrec.api.encoder.EncoderBlock;
import io.genrec.api.encoder.Memory;
import io.genrec.api.encoder.Part;
import io.genrec.api.encoder.Projection;
import io.genrec.api.graph.Initializer;
import io.genrec.api.graph.Parameter;
import io.genrec.api.graph.Scope;
import io.genrec.api.graph.Tensor;
import io.genrec.api.sequence.TokenContext;
import java.util.List;
import java.util.Map;

/** Softmax attention of one head and a feed-forward, both with residuals. */
final class SmallBlock implements EncoderBlock {
  private final int dim;
  private final boolean gelu;
  private final Parameter qkv;
  private final Parameter inner;
  private final Parameter outer;

  SmallBlock(Scope scope, int dim, boolean gelu) {
    this.dim = dim;
    this.gelu = gelu;
    qkv = scope.parameter("qkv", Initializer.xavierNormal(), dim, 3L * dim);
    inner = scope.parameter("inner", Initializer.xavierNormal(), dim, 2L * dim);
    outer = scope.parameter("outer", Initializer.xavierNormal(), 2L * dim, dim);
  }

  @Override
  public Projection project(Tensor x, TokenContext tokens) {
    List<Tensor> parts = x.layerNorm(1e-6).matmul(qkv.in(x)).split(-1, dim, dim, dim);
    Memory memory = Memory.of(parts.get(1).unsqueeze(2), parts.get(2).unsqueeze(2));
    return new Projection(parts.get(0).unsqueeze(2), memory, Map.of());
  }

  @Override
  public Tensor aggregate(Tensor queries, List<Part> parts) {
    return Attend.softmax(queries, parts, (products, pairs) -> products.times(0.5));
  }

  @Override
  public Tensor transform(Tensor x, Tensor aggregated, Projection own, TokenContext tokens) {
    Tensor y = x.plus(aggregated.squeeze(2));
    Tensor hidden = y.layerNorm(1e-6).matmul(inner.in(x));
    return y.plus((gelu ? hidden.gelu() : hidden.silu()).matmul(outer.in(x)));
  }
}
