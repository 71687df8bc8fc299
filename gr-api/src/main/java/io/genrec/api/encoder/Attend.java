package io.genrec.api.encoder;

import io.genrec.api.graph.Dim;
import io.genrec.api.graph.Dropout;
import io.genrec.api.graph.ElementType;
import io.genrec.api.graph.Fused;
import io.genrec.api.graph.Shape;
import io.genrec.api.graph.ShapeException;
import io.genrec.api.graph.Tensor;
import io.genrec.api.sequence.PairContext;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import org.apiguardian.api.API;

/**
 * Attention over several parts without concatenating them. A block gives its score function only.
 *
 * <p>Queries are {@code [batch, queries, heads, dim]}, keys and values {@code [batch, keys, groups,
 * dim]}; heads are a multiple of groups, and each group of heads shares its keys and values.
 */
@API(status = API.Status.STABLE, since = "0.1")
public final class Attend {
  private static final Dropout NONE = new Dropout("none", 0);

  private Attend() {}

  /** From products of queries and keys to weights or logits. */
  @FunctionalInterface
  public interface Score {
    /**
     * Weights (for {@link #pointwise}) or logits (for {@link #softmax}).
     *
     * @param products query times key: {@code [batch, heads, queries, keys or 1]}
     * @param pairs how queries and keys stand to each other; apply the mask of {@link Attend#mask}
     *     for pointwise weights
     */
    Tensor of(Tensor products, PairContext pairs);
  }

  /** The mask as 0 and 1 for all heads: real {@code [1 or batch, 1, queries, keys or 1]}. */
  public static Tensor mask(PairContext pairs) {
    return pairs.mask().cast(ElementType.FLOAT).unsqueeze(1);
  }

  /** What is added to products of queries and keys. */
  @FunctionalInterface
  public interface Bias {
    /** No bias. */
    Bias NONE = pairs -> Optional.empty();

    /** The heads' common bias: {@code [1 or batch, 1 or queries, 1 or keys]}; empty for none. */
    Optional<Tensor> of(PairContext pairs);
  }

  /**
   * HSTU's attention (arXiv 2402.17152, equation 2): {@code scale * sum over visible keys of all
   * parts of SiLU(query . key + bias) value}, {@code [batch, queries, heads, value dim]}.
   *
   * <p>For keys that lie transposed already, as those do that candidates are scored against, it has
   * a name that kernels may have, {@code SiluAttention}: pairs then exist for a few queries and
   * keys at a time only.
   *
   * @throws ShapeException unless queries, keys and values have one batch size: kernels stretch
   *     none
   */
  public static Tensor silu(Tensor queries, List<Part> parts, double scale, Bias bias) {
    requireParts(parts);
    return parts.stream()
        .map(part -> silu(queries, part, scale, bias.of(part.pairs())))
        .reduce(Tensor::plus)
        .orElseThrow();
  }

  private static void requireParts(List<Part> parts) {
    if (parts.isEmpty()) {
      throw new IllegalArgumentException("attention needs at least one part to attend to");
    }
  }

  private static Tensor silu(Tensor queries, Part part, double scale, Optional<Tensor> bias) {
    requireOneBatch(queries, part.memory());
    if (part.pairs().diagonal()) {
      return own(queries, part, scale, bias);
    }
    Heads heads = new Heads(queries);
    Tensor keys = part.memory().key().transpose(0, 2, 3, 1);
    Tensor values = part.memory().value().transpose(0, 2, 1, 3);
    Tensor products = heads.queries.matmul(heads.repeated(keys));
    Tensor weights = bias.map(b -> products.plus(b.unsqueeze(1))).orElse(products).silu();
    Tensor seen = weights.times(mask(part.pairs()));
    Tensor sum = heads.tokenMajor(seen.matmul(heads.repeated(values))).times(scale);
    if (keys.node().op().onnxName().equals("Transpose")) {
      return sum;
    }
    Tensor added = bias.orElseGet(() -> queries.graph().zeros(Shape.of(1, 1, 1)));
    List<Tensor> operands = List.of(queries, keys, values, part.pairs().mask(), added);
    Map<String, Object> attributes = Map.of("scale", (float) scale);
    return Fused.of("SiluAttention", attributes, operands, List.of(sum)).get(0);
  }

  private static void requireOneBatch(Tensor queries, Memory memory) {
    Dim batch = queries.dim(0);
    if (!memory.key().dim(0).equals(batch) || !memory.value().dim(0).equals(batch)) {
      throw new ShapeException(
          "Attend.silu needs queries, keys and values of one batch size but got queries "
              + queries.shape()
              + ", keys "
              + memory.key().shape()
              + " and values "
              + memory.value().shape()
              + "; expand keys and values that all sequences share");
    }
  }

  /** What each query makes of itself, where tokens lie: entry by entry. */
  private static Tensor own(Tensor queries, Part part, double scale, Optional<Tensor> bias) {
    Heads heads = new Heads(queries);
    Tensor products = queries.times(heads.tokenMajor(heads.perHead(part.memory().key()))).sum(-1);
    Tensor weights = bias.map(b -> products.plus(b.unsqueeze(2))).orElse(products).silu();
    Tensor seen = part.pairs().mask().cast(ElementType.FLOAT).unsqueeze(2).times(scale);
    return weights.times(seen).times(heads.tokenMajor(heads.perHead(part.memory().value())));
  }

  /**
   * The sum of weighted values over all keys of all parts: {@code [batch, queries, heads, value
   * dim]}.
   */
  public static Tensor pointwise(Tensor queries, List<Part> parts, Score weights) {
    requireParts(parts);
    Heads heads = new Heads(queries);
    Tensor sum = null;
    for (Part part : parts) {
      Tensor weight = weights.of(heads.products(part), part.pairs());
      Tensor values = heads.weighted(weight, part);
      sum = sum == null ? values : sum.plus(values);
    }
    return heads.tokenMajor(Objects.requireNonNull(sum));
  }

  /**
   * The mean of values over all visible keys of all parts, weighted by the exponentials of logits:
   * {@code [batch, queries, heads, value dim]}. The parts share one maximum and one sum.
   */
  public static Tensor softmax(Tensor queries, List<Part> parts, Score logits) {
    return softmax(queries, parts, logits, NONE);
  }

  /**
   * Scaled dot-product attention (arXiv 1706.03762, equation 1): the same with logits that are
   * products of queries and keys times a number. To one part it is a formula named {@code
   * SoftmaxAttention}, which an engine may have a kernel for.
   *
   * @param scale as a rule one over the root of the width of keys
   */
  public static Tensor softmax(Tensor queries, List<Part> parts, double scale) {
    Tensor mean = softmax(queries, parts, (products, pairs) -> products.times(scale));
    Memory memory = parts.get(0).memory();
    boolean alone = parts.size() == 1 && !parts.get(0).pairs().diagonal();
    Tensor mask = parts.get(0).pairs().mask();
    // What is stretched along sequences or keys is left to the formula.
    if (!alone
        || !memory.key().dim(0).equals(queries.dim(0))
        || !memory.key().dim(1).equals(mask.dim(2))) {
      return mean;
    }
    List<Tensor> operands = List.of(queries, memory.key(), memory.value(), mask);
    Map<String, Object> attributes = Map.of("scale", (float) scale);
    return Fused.of("SoftmaxAttention", attributes, operands, List.of(mean)).get(0);
  }

  /**
   * The same with dropout on the normalised weights. They are not normalised again.
   *
   * @param dropout a site of this attention alone, with a mask {@code [batch, heads, queries,
   *     keys]}; a training graph has one part, so several parts are refused there
   */
  public static Tensor softmax(Tensor queries, List<Part> parts, Score logits, Dropout dropout) {
    requireParts(parts);
    Heads heads = new Heads(queries);
    List<Tensor> masked = new ArrayList<>();
    Tensor top = null;
    for (Part part : parts) {
      Tensor visible = part.pairs().mask().unsqueeze(1);
      Tensor logit =
          visible.where(
              logits.of(heads.products(part), part.pairs()), queries.graph().constant(-1e30));
      masked.add(logit);
      Tensor largest = logit.largest(-1);
      top = top == null ? largest : top.max(largest);
    }
    if (parts.size() == 1) {
      Tensor weight = dropout.apply(masked.get(0).softmax(-1));
      return heads.tokenMajor(heads.weighted(weight, parts.get(0)));
    }
    Tensor shift = Objects.requireNonNull(top).stopGradient();
    Tensor sum = null;
    Tensor total = null;
    for (int i = 0; i < parts.size(); i++) {
      Tensor weight = masked.get(i).minus(shift).exp();
      Tensor values = heads.weighted(dropout.apply(weight), parts.get(i));
      Tensor weights = weight.sum(-1);
      sum = sum == null ? values : sum.plus(values);
      total = total == null ? weights : total.plus(weights);
    }
    return heads.tokenMajor(Objects.requireNonNull(sum).dividedBy(Objects.requireNonNull(total)));
  }

  /** Queries with heads outermost, and the products that need them so. */
  private static final class Heads {
    private final Tensor queries;
    private final long count;

    Heads(Tensor tokenMajor) {
      this.queries = tokenMajor.transpose(0, 2, 1, 3);
      this.count = tokenMajor.dim(2).size();
    }

    /**
     * Keys or values [batch, keys, groups, dim] with one entry per head: [batch, heads, keys, dim].
     */
    Tensor perHead(Tensor memory) {
      return repeated(memory.transpose(0, 2, 1, 3));
    }

    /** From [batch, groups, ...] to [batch, heads, ...]. */
    Tensor repeated(Tensor groups) {
      long number = groups.dim(1).size();
      if (number == count) {
        return groups;
      }
      Tensor grouped = groups.unsqueeze(2);
      Tensor repeated = grouped.expand(grouped.shape().with(2, Dim.of(count / number)));
      Shape merged = grouped.shape().without(2).with(1, Dim.of(count));
      return repeated.reshape(merged);
    }

    Tensor products(Part part) {
      Tensor keys = perHead(part.memory().key());
      return part.pairs().diagonal()
          ? queries.times(keys).sum(-1)
          : queries.matmul(keys.swap(-1, -2));
    }

    Tensor weighted(Tensor weight, Part part) {
      Tensor values = perHead(part.memory().value());
      return part.pairs().diagonal() ? weight.times(values) : weight.matmul(values);
    }

    Tensor tokenMajor(Tensor headMajor) {
      return headMajor.transpose(0, 2, 1, 3);
    }
  }
}
