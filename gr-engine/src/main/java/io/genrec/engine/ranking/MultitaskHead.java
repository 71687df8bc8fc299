package io.genrec.engine.ranking;

import io.genrec.api.config.Default;
import io.genrec.api.encoder.Head;
import io.genrec.api.graph.Scope;
import io.genrec.api.graph.Tensor;
import io.genrec.api.sequence.Schema;
import io.genrec.api.sequence.TokenContext;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.apiguardian.api.API;

/**
 * All predictions from one interaction of user and item, as in the published production model:
 * {@code MLP(output * MLP(item))}, where the output is what the encoder makes of the item in the
 * user's history.
 */
@API(status = API.Status.EXPERIMENTAL, since = "0.1")
public final class MultitaskHead implements Head {
  private final List<String> names;
  private final Content content;
  private final Perceptron item;
  private final Perceptron prediction;

  /**
   * The options.
   *
   * @param hidden width of the hidden layers
   * @param features features and numbers that the item's side sees; empty for all
   * @param epsilon the epsilon of all normalisations
   */
  public record Config(
      @Default("64") int hidden,
      @Default("[]") List<String> features,
      @Default("1e-5") double epsilon) {
    /** Copies and checks. */
    public Config {
      features = List.copyOf(features);
      if (hidden < 1) {
        throw new IllegalArgumentException("hidden must be at least 1 but is " + hidden);
      }
      if (!(epsilon > 0)) {
        throw new IllegalArgumentException("epsilon must be above 0 but is " + epsilon);
      }
    }
  }

  /**
   * Declares the parameters.
   *
   * @param names what is predicted
   */
  public MultitaskHead(Config config, Scope scope, Schema schema, List<String> names) {
    this.names = List.copyOf(names);
    content =
        Content.of(schema, name -> config.features().isEmpty() || config.features().contains(name));
    int dim = schema.dim();
    item =
        Perceptron.normalised(
            scope.child("item"), content.dim(), config.hidden(), dim, config.epsilon());
    prediction =
        Perceptron.plain(
            scope.child("prediction"), dim, config.hidden(), names.size(), config.epsilon());
  }

  /** The item's side: real {@code [batch, length, dim]}. */
  public Tensor items(TokenContext tokens) {
    return item.apply(content.of(tokens));
  }

  @Override
  public Map<String, Tensor> predictions(Tensor outputs, TokenContext tokens) {
    Tensor all = prediction.apply(outputs.times(items(tokens)));
    Map<String, Tensor> predictions = new LinkedHashMap<>();
    for (int i = 0; i < names.size(); i++) {
      predictions.put(names.get(i), all.slice(-1, i, i + 1).squeeze(-1));
    }
    return predictions;
  }
}
