package io.genrec.engine.ranking;

import io.genrec.api.GenRecException;
import io.genrec.api.config.Default;
import io.genrec.api.encoder.Head;
import io.genrec.api.encoder.TokenEmbedding;
import io.genrec.api.graph.Scope;
import io.genrec.api.sequence.Role;
import io.genrec.api.sequence.Schema;
import io.genrec.api.task.Label;
import io.genrec.api.task.Task;
import java.util.List;
import java.util.Set;
import org.apiguardian.api.API;
import org.jspecify.annotations.Nullable;

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
   * @param candidate if present, tokens are items and segments alone, and the head reads a
   *     candidate's output and these features, in place of {@code embedding} and {@code head}: the
   *     form of GPSD
   */
  public record Config(
      @Default("{}") ContextualEmbedding.Config embedding,
      @Default("{}") MultitaskHead.Config head,
      CandidateHead.@Nullable Config candidate) {}

  /** Copies the list. */
  public Ranker {
    labels = List.copyOf(labels);
  }

  /**
   * Declares the parameters of a ranker in {@code input/..} and {@code head/..}.
   *
   * @throws GenRecException {@code [GR/NotCausal]} if context that long sequences alone have would
   *     tell tokens of the history how many follow, and these are learned from
   */
  public static Ranker declare(Config config, Scope root, Schema schema, Task task) {
    if (!config.embedding().contextMinimum().isEmpty()
        && !Set.of(Role.CANDIDATE).containsAll(task.supervisedRoles())) {
      throw new GenRecException(
          "NotCausal",
          "with the configuration key ranking/embedding/contextMinimum a sequence's first tokens"
              + " know how many follow, and the task gives targets to tokens of the history, so they"
              + " would see that there are more to come; leave the key out, or take a task whose"
              + " targets are those of candidates only, such as ranking");
    }
    List<String> names = task.labels().stream().map(Label::name).toList();
    if (config.candidate() != null) {
      return new Ranker(
          new SegmentEmbedding(root.child("input"), schema),
          new CandidateHead(config.candidate(), root.child("head"), schema, names),
          task.labels());
    }
    return new Ranker(
        new ContextualEmbedding(
            config.embedding(), root.child("input"), schema, task.actions(), task.roles()),
        new MultitaskHead(config.head(), root.child("head"), schema, names),
        task.labels());
  }
}
