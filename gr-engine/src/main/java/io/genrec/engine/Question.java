package io.genrec.engine;

import io.genrec.api.inference.Anchor;
import io.genrec.api.inference.Candidates;
import io.genrec.api.inference.Request;
import io.genrec.api.inference.ScoringRequest;
import io.genrec.api.sequence.History;
import io.genrec.api.sequence.Schema;
import io.genrec.api.storage.VocabularyFile;
import it.unimi.dsi.fastutil.ints.IntOpenHashSet;
import it.unimi.dsi.fastutil.ints.IntSet;
import java.util.Map;
import java.util.Optional;

/**
 * A request in vocabulary rows.
 *
 * @param history the known events that the model is shown
 * @param firstIndex how many of the user's events precede them, known or not
 * @param unknown how many of the request's events were left out
 * @param at the request's time in seconds or {@link History#NO_TIME}
 * @param user the key under which work may be kept
 * @param k how many items to give, at most as many as there are
 * @param excluded rows that are never given
 */
record Question(
    History history,
    long firstIndex,
    int unknown,
    long at,
    Optional<String> user,
    int k,
    IntSet excluded) {
  static Question of(
      Request request, Map<String, VocabularyFile> vocabularies, Entries entries, Anchor anchor) {
    RawHistory history = new RawHistory(request, vocabularies, entries);
    VocabularyFile items = java.util.Objects.requireNonNull(vocabularies.get(Schema.ITEM));
    IntSet excluded = new IntOpenHashSet();
    request.excluded().forEach(id -> excluded.add(items.row(id)));
    for (int event = 0; request.excludeSeen() && event < history.size(); event++) {
      excluded.add(history.category(Schema.ITEM, event));
    }
    excluded.remove(VocabularyFile.UNKNOWN);
    int first = firstShown(request, history, anchor);
    return new Question(
        history.slice(first, history.size()),
        request.firstIndex() + history.places().place(first),
        history.unknown(),
        request.effectiveTime(),
        request.user(),
        Math.min(request.k(), items.size()),
        excluded);
  }

  /**
   * The first known event that is shown. An anchor counts all events of the user, since nobody
   * knows which of those before the request's were known; so complete histories and ends of them
   * begin alike.
   */
  private static int firstShown(Request request, RawHistory history, Anchor anchor) {
    return anchor.delta() == 0
        ? anchor.firstShown(0, history.size())
        : history.places().from(anchor.firstShown(request.firstIndex(), request.events().size()));
  }

  /** What a strategy is asked. */
  ScoringRequest withoutCandidates() {
    return new ScoringRequest(history, firstIndex, at, user, Candidates.items());
  }
}
