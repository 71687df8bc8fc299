package io.genrec.hstu;

import io.genrec.api.encoder.Part;
import io.genrec.api.graph.ElementType;
import io.genrec.api.graph.Fused;
import io.genrec.api.graph.Graph;
import io.genrec.api.graph.Initializer;
import io.genrec.api.graph.Parameter;
import io.genrec.api.graph.Scope;
import io.genrec.api.graph.Shape;
import io.genrec.api.graph.Tensor;
import io.genrec.api.sequence.PairContext;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The bias of a score by how far and how long ago a key is, shared by the heads: {@code pos_w[N-1 +
 * j - i] + ts_w[bucket(t_{i+1} - t_j)]}, where {@code bucket(d) = min(trunc(ln(max(|d|, 1)) /
 * 0.301), 128)}.
 */
final class RelativeBias {
  private static final int TIME_BUCKETS = 128;
  private static final double BUCKET_WIDTH = 0.301;

  private final int maxLength;
  private final @Nullable Parameter position;
  private final @Nullable Parameter time;

  RelativeBias(@Nullable Parameter position, @Nullable Parameter time, int maxLength) {
    this.position = position;
    this.time = time;
    this.maxLength = maxLength;
  }

  /** Declares the tables that are asked for. */
  static RelativeBias declare(Scope scope, int maxLength, boolean byPosition, boolean byTime) {
    Initializer initializer = Initializer.normal(0.02);
    Parameter position =
        byPosition ? scope.parameter("position", initializer, 2L * maxLength - 1) : null;
    Parameter time = byTime ? scope.parameter("time", initializer, TIME_BUCKETS + 1) : null;
    return new RelativeBias(position, time, maxLength);
  }

  /** The bias of all pairs: {@code [1 or batch, queries or 1, keys or 1]}; empty without tables. */
  Optional<Tensor> of(PairContext pairs) {
    Graph graph = pairs.mask().graph();
    List<Tensor> biases = new ArrayList<>();
    if (time != null) {
      biases.add(time.in(graph).gather(bucket(pairs.elapsed())));
    }
    if (position != null) {
      biases.add(position.in(graph).gather(pairs.distance().negate().plus(maxLength - 1)));
    }
    return biases.stream().reduce(Tensor::plus);
  }

  /**
   * Attention to one part under the name that a kernel may have, which looks up biases on the way.
   * Queries that share their bias, such as candidates, gain nothing by that.
   *
   * @param sum the formula's result: {@code [batch, queries, heads, value dim]}
   */
  Tensor fused(Tensor queries, Part part, double scale, Tensor sum) {
    PairContext pairs = part.pairs();
    if (pairs.diagonal() || !pairs.queries().position().dim(1).equals(queries.dim(1))) {
      return sum;
    }
    Graph graph = queries.graph();
    List<Tensor> operands =
        List.of(
            queries,
            part.memory().key(),
            part.memory().value(),
            pairs.causal() ? everything(graph) : pairs.mask(),
            pairs.queries().position(),
            pairs.keys().position(),
            pairs.queries().predictionTime(),
            pairs.keys().time(),
            position != null ? position.in(graph) : graph.zeros(Shape.of(2 * maxLength - 1)),
            time != null ? time.in(graph) : graph.zeros(Shape.of(TIME_BUCKETS + 1)));
    Map<String, Object> attributes =
        Map.of(
            "scale",
            (float) scale,
            "bucket_width",
            (float) BUCKET_WIDTH,
            "position",
            position != null ? 1L : 0L,
            "time",
            time != null ? 1L : 0L,
            "causal",
            pairs.causal() ? 1L : 0L);
    return Fused.of("HstuAttention", attributes, operands, List.of(sum)).get(0);
  }

  /** What stands for a mask that nobody reads: truth {@code [1, 1, 1]}. */
  private static Tensor everything(Graph graph) {
    Tensor zero = graph.constants(0L).reshape(1, 1, 1);
    return zero.equalTo(zero);
  }

  private static Tensor bucket(Tensor seconds) {
    Tensor logarithm = seconds.abs().cast(ElementType.FLOAT).max(1).log();
    return logarithm.dividedBy(BUCKET_WIDTH).min(TIME_BUCKETS).cast(ElementType.INT64);
  }
}
