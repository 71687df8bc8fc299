package io.genrec.engine.ranking;

import io.genrec.api.graph.Tensor;
import io.genrec.api.sequence.Schema;
import io.genrec.api.sequence.Schema.Owner;
import io.genrec.api.sequence.TokenContext;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Predicate;

/**
 * What is known of an item before anything came of it: the embeddings of the item, its attributes
 * and the moment's context, and numbers, side by side.
 */
record Content(List<Schema.Feature> features, List<Schema.Numeric> numbers) {
  /** All of a schema that passes. */
  static Content of(Schema schema, Predicate<String> chosen) {
    return new Content(
        schema.features().stream()
            .filter(feature -> feature.owner() == Owner.ITEM || feature.owner() == Owner.REQUEST)
            .filter(feature -> chosen.test(feature.name()))
            .toList(),
        schema.numbers().stream()
            .filter(number -> !number.bucketed() && chosen.test(number.name()))
            .toList());
  }

  /** The width. */
  int dim() {
    return features.stream().mapToInt(Schema.Feature::dim).sum() + numbers.size();
  }

  /** Real {@code [batch, length, dim]}. */
  Tensor of(TokenContext tokens) {
    List<Tensor> parts = new ArrayList<>();
    features.forEach(feature -> parts.add(tokens.embed(feature.name())));
    numbers.forEach(number -> parts.add(tokens.number(number.name()).unsqueeze(-1)));
    return Tensor.concat(-1, parts);
  }
}
