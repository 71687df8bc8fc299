package io.genrec.engine.ranking;

import io.genrec.api.config.Default;
import io.genrec.api.encoder.Head;
import io.genrec.api.graph.Initializer;
import io.genrec.api.graph.Scope;
import io.genrec.api.graph.Tensor;
import io.genrec.api.sequence.Schema;
import io.genrec.api.sequence.TokenContext;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.apiguardian.api.API;

/**
 * Predictions from a candidate's output and, by choice, further features of it: {@code W2 relu(W1
 * [output, features] + b1) + b2}, with a hidden width of 4 times the model's (GPSD, arXiv
 * 2506.03699).
 */
@API(status = API.Status.EXPERIMENTAL, since = "0.1")
public final class CandidateHead implements Head {
  private static final double DEVIATION = 0.02;
  private static final int WIDENING = 4;

  private final List<String> names;
  private final List<String> features;
  private final List<String> numbers;
  private final Linear first;
  private final Linear second;

  /**
   * The options.
   *
   * @param features categorical features whose embeddings the head reads beside the output
   * @param numbers numeric features that it reads, normalised
   */
  public record Config(@Default("[]") List<String> features, @Default("[]") List<String> numbers) {
    /** Copies the lists. */
    public Config {
      features = List.copyOf(features);
      numbers = List.copyOf(numbers);
    }
  }

  /**
   * Declares the parameters.
   *
   * @param names what is predicted
   * @throws io.genrec.api.GenRecException {@code [GR/UnknownFeature]}
   */
  public CandidateHead(Config config, Scope scope, Schema schema, List<String> names) {
    this.names = List.copyOf(names);
    features = config.features();
    numbers = config.numbers();
    numbers.forEach(schema::number);
    int width =
        schema.dim()
            + features.stream().mapToInt(name -> schema.feature(name).dim()).sum()
            + numbers.size();
    int hidden = WIDENING * schema.dim();
    first = linear(scope.child("first"), width, hidden);
    second = linear(scope.child("second"), hidden, names.size());
  }

  private static Linear linear(Scope scope, long in, long out) {
    return new Linear(
        scope.parameter("weight", Initializer.normal(DEVIATION), in, out),
        scope.parameter("bias", Initializer.zeros(), out));
  }

  @Override
  public Map<String, Tensor> predictions(Tensor outputs, TokenContext tokens) {
    List<Tensor> parts = new ArrayList<>(List.of(outputs));
    features.forEach(name -> parts.add(tokens.embed(name)));
    numbers.forEach(name -> parts.add(tokens.number(name).unsqueeze(-1)));
    Tensor inputs = parts.size() == 1 ? outputs : Tensor.concat(-1, parts);
    Tensor all = second.apply(first.apply(inputs).relu());
    Map<String, Tensor> predictions = new LinkedHashMap<>();
    for (int i = 0; i < names.size(); i++) {
      predictions.put(names.get(i), all.slice(-1, i, i + 1).squeeze(-1));
    }
    return predictions;
  }
}
