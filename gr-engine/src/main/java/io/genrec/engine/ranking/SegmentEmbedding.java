package io.genrec.engine.ranking;

import io.genrec.api.encoder.TokenEmbedding;
import io.genrec.api.graph.ElementType;
import io.genrec.api.graph.Initializer;
import io.genrec.api.graph.Parameter;
import io.genrec.api.graph.Scope;
import io.genrec.api.graph.Tensor;
import io.genrec.api.sequence.Role;
import io.genrec.api.sequence.Schema;
import io.genrec.api.sequence.TokenContext;
import org.apiguardian.api.API;

/**
 * An item's embedding plus that of its segment: row 0 for the history, row 1 for candidates (GPSD,
 * arXiv 2506.03699). Encoders add further features themselves.
 */
@API(status = API.Status.EXPERIMENTAL, since = "0.1")
public final class SegmentEmbedding implements TokenEmbedding {
  private static final double DEVIATION = 0.02;

  private final Parameter segments;

  /** Declares the table {@code segment [2, dim]}. */
  public SegmentEmbedding(Scope scope, Schema schema) {
    segments = scope.parameter("segment", Initializer.normal(DEVIATION), 2, schema.dim());
  }

  @Override
  public Tensor embed(TokenContext tokens) {
    Tensor candidate = tokens.role().equalTo(Role.CANDIDATE.ordinal()).cast(ElementType.INT64);
    return tokens.embed(Schema.ITEM).plus(segments.in(candidate).gather(candidate));
  }
}
