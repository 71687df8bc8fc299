package io.genrec.api.sequence;

import java.util.List;
import org.apiguardian.api.API;

/**
 * Which columns a task writes beside those that all tokens have.
 *
 * @param features categorical features of tokens, and {@link Schema#ACTIONS}
 * @param numbers numeric features of tokens
 * @param targets categorical features that are predicted
 * @param labels outcomes that are predicted
 */
@API(status = API.Status.STABLE, since = "0.1")
public record TokenColumns(
    List<String> features, List<String> numbers, List<String> targets, List<String> labels) {
  /** Copies the lists. */
  public TokenColumns {
    features = List.copyOf(features);
    numbers = List.copyOf(numbers);
    targets = List.copyOf(targets);
    labels = List.copyOf(labels);
  }

  /** Without what is predicted: those of a request. */
  public TokenColumns inputs() {
    return new TokenColumns(features, numbers, List.of(), List.of());
  }
}
