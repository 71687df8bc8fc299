package io.genrec.engine.run;

import io.genrec.api.GenRecException;
import io.genrec.api.sequence.Fields;
import io.genrec.api.sequence.Schema;
import io.genrec.api.task.Task;
import io.genrec.engine.model.Model;
import io.genrec.engine.ranking.Ranker;
import io.genrec.engine.wiring.Registry;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.apiguardian.api.API;

/**
 * Makes the model that a configuration describes: the same for training, evaluation and serving.
 */
@API(status = API.Status.EXPERIMENTAL, since = "0.1")
public final class ModelBuilder {
  private ModelBuilder() {}

  /**
   * What tokens of events look like.
   *
   * @param values the number of values of each categorical feature
   * @throws GenRecException {@code [GR/UnknownFeature]} if the data has no such feature
   */
  public static Schema schema(RunConfig.Shape shape, Map<String, Integer> values) {
    return schema(shape, Fields.of(values));
  }

  /**
   * What tokens look like.
   *
   * @param fields what the data offers
   * @throws GenRecException {@code [GR/UnknownFeature]} if the data has no such feature
   */
  public static Schema schema(RunConfig.Shape shape, Fields fields) {
    Integer itemDim = shape.itemDim();
    List<Schema.Feature> features = new ArrayList<>();
    features.add(feature(Schema.ITEM, itemDim == null ? shape.dim() : itemDim, fields));
    shape.features().forEach(width -> features.add(feature(width.name(), width.dim(), fields)));
    features.addAll(otherSeries(fields, features, shape.dim()));
    List<Schema.Numeric> numbers = new ArrayList<>();
    for (RunConfig.NumberInput input : shape.numbers()) {
      Schema.Numeric number = number(input, fields);
      numbers.add(number);
      if (number.bucketed()) {
        int buckets = number.boundaries().size() + 1;
        features.add(new Schema.Feature(input.name(), buckets, input.dim(), number.owner()));
      }
    }
    return new Schema(
        features,
        numbers,
        outcomes(fields),
        shape.dim(),
        shape.maxHistory(),
        shape.maxHistory() + shape.outputSlots());
  }

  private static Schema.Feature feature(String name, int dim, Fields fields) {
    return fields.categories().stream()
        .filter(category -> category.name().equals(name))
        .findFirst()
        .map(category -> new Schema.Feature(name, category.values(), dim, category.owner()))
        .orElseThrow(() -> unknown("categorical", name, fields.values().keySet()));
  }

  /** Slower-changing series are part of the sequence, whether a width is given for them or not. */
  private static List<Schema.Feature> otherSeries(
      Fields fields, List<Schema.Feature> named, int dim) {
    Set<String> names = named.stream().map(Schema.Feature::name).collect(Collectors.toSet());
    return fields.categories().stream()
        .filter(category -> category.owner() == Schema.Owner.SERIES)
        .filter(category -> !names.contains(category.name()))
        .map(series -> feature(series.name(), dim, fields))
        .toList();
  }

  private static Schema.Numeric number(RunConfig.NumberInput input, Fields fields) {
    List<String> known = fields.numbers().stream().map(Fields.Numeric::name).toList();
    return fields.numbers().stream()
        .filter(number -> number.name().equals(input.name()))
        .findFirst()
        .map(number -> numeric(number, input.buckets()))
        .orElseThrow(() -> unknown("numeric", input.name(), known));
  }

  /** Of the fitted quantiles as many as part the data into so many buckets. */
  private static Schema.Numeric numeric(Fields.Numeric number, int buckets) {
    List<Double> boundaries = new ArrayList<>();
    int parts = number.quantiles().size() + 1;
    for (int bucket = 1; bucket < buckets; bucket++) {
      int quantile = bucket * parts / buckets - 1;
      if (quantile >= 0
          && (boundaries.isEmpty() || quantile > (bucket - 1) * parts / buckets - 1)) {
        boundaries.add(number.quantiles().get(quantile));
      }
    }
    return new Schema.Numeric(
        number.name(), number.owner(), number.mean(), number.deviation(), boundaries);
  }

  private static Schema.Outcomes outcomes(Fields fields) {
    return new Schema.Outcomes(
        fields.actions(),
        fields.numbers().stream()
            .filter(number -> number.owner() == Schema.Owner.EVENT)
            .map(number -> numeric(number, 1))
            .toList());
  }

  private static GenRecException unknown(String kind, String name, Collection<String> known) {
    return new GenRecException(
        "UnknownFeature",
        "the data set has no "
            + kind
            + " feature \""
            + name
            + "\"; "
            + (known.isEmpty() ? "it has none" : GenRecException.knownNames(name, known)));
  }

  /** The model, without values. */
  public static Model model(RunConfig config, Schema schema, Registry registry) {
    String name = config.encoder().at("/name").as(String.class);
    Task task = registry.task(config.task(), schema);
    return new Model(
        name,
        schema,
        task.roles(),
        scope -> registry.encoder(config.encoder(), scope, schema),
        scope ->
            task.labels().isEmpty()
                ? Optional.empty()
                : Optional.of(Ranker.declare(config.ranking(), scope, schema, task)));
  }
}
