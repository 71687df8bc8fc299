package io.genrec.engine.ranking;

import io.genrec.api.config.Default;
import io.genrec.api.encoder.Head;
import io.genrec.api.encoder.TokenEmbedding;
import io.genrec.api.graph.Scope;
import io.genrec.api.sequence.Schema;
import io.genrec.api.task.Label;
import io.genrec.api.task.Task;
import java.util.List;
import org.apiguardian.api.API;

/**
 * What a model that ranks has beside its encoder.
 *
 * @param embedding what tokens are before the encoder
 * @param head what is made of its outputs
 * @param labels what is predicted
 */
@API(status = API.Status.EXPERIMENTAL, since = "0.1")
public record Ranker(TokenEmbedding embedding, Head head, List<Label> labels) {
  /**
   * The options.
   *
   * @param embedding of the tokens' embedding
   * @param head of the head
   */
  public record Config(
      @Default("{}") ContextualEmbedding.Config embedding,
      @Default("{}") MultitaskHead.Config head) {}

  /** Copies the list. */
  public Ranker {
    labels = List.copyOf(labels);
  }

  /** Declares the parameters of a ranker in {@code input/..} and {@code head/..}. */
  public static Ranker declare(Config config, Scope root, Schema schema, Task task) {
    return new Ranker(
        new ContextualEmbedding(
            config.embedding(), root.child("input"), schema, task.actions(), task.roles()),
        new MultitaskHead(
            config.head(),
            root.child("head"),
            schema,
            task.labels().stream().map(Label::name).toList()),
        task.labels());
  }
}
