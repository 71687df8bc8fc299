package io.genrec.engine.model;

import io.genrec.api.GenRecException;
import io.genrec.api.encoder.TokenEmbedding;
import io.genrec.api.graph.Tensor;
import io.genrec.api.sequence.Schema;
import io.genrec.api.sequence.Series;
import io.genrec.api.sequence.TokenContext;
import java.util.List;

/**
 * Items and entries of slower-changing series as tokens of one sequence: the sum of the embeddings
 * of the item and of all series, each of which has row 0 where the token is not its own.
 */
final class SeriesEmbedding implements TokenEmbedding {
  private final List<String> series;

  /**
   * @throws GenRecException {@code [GR/InvalidValue]} if a series' embedding is not as wide as the
   *     model
   */
  SeriesEmbedding(Schema schema) {
    for (Schema.Feature feature : schema.series()) {
      if (feature.dim() != schema.dim()) {
        throw new GenRecException(
            "InvalidValue",
            "the series \""
                + feature.name()
                + "\" has embeddings of width "
                + feature.dim()
                + ", but they are added to those of items, of width "
                + schema.dim()
                + "; leave it out of model/features, or give it that width");
      }
    }
    series = Series.of(schema).names();
  }

  @Override
  public Tensor embed(TokenContext tokens) {
    Tensor sum = tokens.embed(Schema.ITEM);
    for (String name : series) {
      sum = sum.plus(tokens.embed(name));
    }
    return sum;
  }
}
