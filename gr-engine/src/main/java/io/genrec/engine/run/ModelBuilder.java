package io.genrec.engine.run;

import io.genrec.api.GenRecException;
import io.genrec.api.sequence.Schema;
import io.genrec.engine.model.Model;
import io.genrec.engine.wiring.Registry;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.apiguardian.api.API;

/**
 * Makes the model that a configuration describes: the same for training, evaluation and serving.
 */
@API(status = API.Status.EXPERIMENTAL, since = "0.1")
public final class ModelBuilder {
  private ModelBuilder() {}

  /**
   * What tokens look like.
   *
   * @param values the number of values of each categorical feature
   * @throws GenRecException {@code [GR/UnknownFeature]} if the data has no such feature
   */
  public static Schema schema(RunConfig.Shape shape, Map<String, Integer> values) {
    List<Schema.Feature> features = new ArrayList<>();
    features.add(feature(Schema.ITEM, shape.dim(), values));
    shape.features().forEach(width -> features.add(feature(width.name(), width.dim(), values)));
    return new Schema(features, shape.maxHistory(), shape.maxHistory() + shape.outputSlots());
  }

  private static Schema.Feature feature(String name, int dim, Map<String, Integer> values) {
    Integer count = values.get(name);
    if (count == null) {
      throw new GenRecException(
          "UnknownFeature",
          "the data set has no categorical feature \""
              + name
              + "\"; "
              + GenRecException.knownNames(name, values.keySet()));
    }
    return new Schema.Feature(name, count, dim);
  }

  /** The model, without values. */
  public static Model model(RunConfig config, Schema schema, Registry registry) {
    String name = config.encoder().at("/name").as(String.class);
    return new Model(name, schema, scope -> registry.encoder(config.encoder(), scope, schema));
  }
}
