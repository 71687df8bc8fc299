package io.genrec.engine.training;

import io.genrec.api.GenRecException;
import io.genrec.api.encoder.Capabilities.Causality;
import io.genrec.api.sequence.Role;
import java.util.Locale;
import java.util.Set;
import java.util.stream.Collectors;

/** Whether a task's targets are hidden from the rows that are to predict them. */
final class Supervision {
  private Supervision() {}

  /**
   * Refuses an encoder whose history rows see later ones, unless candidates alone have targets.
   *
   * @throws GenRecException {@code [GR/NotCausal]}
   */
  static void require(Causality causality, Set<Role> supervised) {
    if (causality == Causality.CAUSAL || Set.of(Role.CANDIDATE).containsAll(supervised)) {
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
            + " tokens, but in this encoder tokens of the history may see later ones (its causality is "
            + causality
            + "), so they would see what they are to predict; take a causal form of the encoder, or a"
            + " task whose targets are those of candidates only");
  }
}
