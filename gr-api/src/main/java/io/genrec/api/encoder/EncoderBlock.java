package io.genrec.api.encoder;

import io.genrec.api.graph.Tensor;
import io.genrec.api.sequence.TokenContext;
import java.util.List;
import org.apiguardian.api.API;

/** One block, described per token so that training, full scoring and cached scoring share it. */
@API(status = API.Status.STABLE, since = "0.1")
public interface EncoderBlock {
  /**
   * Per token: queries, memory (exactly what a cache stores) and what {@link #transform} needs
   * again.
   *
   * @param x what the block before gave, or the encoder's input: {@code [batch, length, dim]}
   * @return queries and memory {@code [batch, length, heads, dim]}
   */
  Projection project(Tensor x, TokenContext tokens);

  /**
   * The only place where tokens meet: what queries take from the memories of all parts.
   *
   * @param queries {@code [batch, queries, heads, dim]}
   * @param parts one in training; several when memory is cached. They are merged, never
   *     concatenated: see {@link Attend}
   * @return {@code [batch, queries, heads, dim]}, as {@link #transform} reads it
   */
  Tensor aggregate(Tensor queries, List<Part> parts);

  /** Per token: the block's output, residual included: {@code [batch, queries, dim]}. */
  Tensor transform(Tensor x, Tensor aggregated, Projection own, TokenContext tokens);

  /** Which rows enter this block; the others pass it by. */
  default Rows rows() {
    return Rows.ALL;
  }
}
