package io.genrec.engine.training;

import io.genrec.api.GenRecException;
import io.genrec.api.encoder.Capabilities;
import io.genrec.api.encoder.Capabilities.CacheScope;
import io.genrec.api.encoder.Capabilities.Causality;
import io.genrec.api.sequence.Role;
import io.genrec.api.task.Task;
import java.util.Locale;
import java.util.Set;
import java.util.stream.Collectors;

/** Whether an encoder may be trained on a task: targets are hidden, and candidates do not meet. */
final class Supervision {
  private Supervision() {}

  /**
   * Refuses an encoder that would see what it is to predict.
   *
   * @throws GenRecException {@code [GR/NotCausal]} or {@code [GR/CandidatesMeet]}
   */
  static void require(Capabilities encoder, Task task) {
    requireHidden(encoder, task.supervisedRoles());
    requireApart(encoder, task.trainingCandidates());
  }

  /**
   * Refuses an encoder in which candidates of a training example would see each other.
   *
   * @throws GenRecException {@code [GR/CandidatesMeet]}
   */
  static void requireApart(Capabilities encoder, int candidates) {
    if (candidates > 1 && !encoder.independentCandidates()) {
      throw new GenRecException(
          "CandidatesMeet",
          "in this encoder the candidates of one sequence see each other, but the task trains on "
              + (candidates == Integer.MAX_VALUE ? "any number" : "up to " + candidates)
              + " together; let it form one at a time (the task ranking: \"chunk\": 1; click:"
              + " \"candidates\": 1), or take an encoder whose candidates are independent");
    }
  }

  /**
   * Refuses an encoder whose history rows see later ones, or when the last of them came and how
   * many there are, unless candidates alone have targets.
   *
   * @throws GenRecException {@code [GR/NotCausal]}
   */
  static void requireHidden(Capabilities encoder, Set<Role> supervised) {
    boolean seesLater = encoder.causality() != Causality.CAUSAL;
    boolean seesEnd = encoder.cacheScope() == CacheScope.WITHIN_REQUEST;
    if (!seesLater && !seesEnd || Set.of(Role.CANDIDATE).containsAll(supervised)) {
      return;
    }
    String seen =
        supervised.stream()
            .filter(role -> role != Role.CANDIDATE)
            .map(role -> role.name().toLowerCase(Locale.ROOT))
            .sorted()
            .collect(Collectors.joining(" and "));
    throw new GenRecException(
        "NotCausal",
        "the task gives targets to "
            + seen
            + " tokens, but in this encoder tokens of the history "
            + (seesLater
                ? "may see later ones (its causality is " + encoder.causality() + ")"
                : "know when the sequence ends or how many tokens follow (its cache scope is "
                    + encoder.cacheScope()
                    + ")")
            + ", so they would see what they are to predict; take a form of the encoder whose tokens"
            + " know of earlier ones only (of stu: \"position\": \"absolute\", \"time\": \"none\", without"
            + " contextSeesHistory, minFullAttention and lastLayers), or a task whose targets are those"
            + " of candidates only, such as ranking");
  }
}
