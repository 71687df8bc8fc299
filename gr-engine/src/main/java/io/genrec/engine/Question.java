package io.genrec.engine;

import io.genrec.api.inference.Request;
import io.genrec.api.sequence.Schema;
import io.genrec.api.storage.VocabularyFile;
import it.unimi.dsi.fastutil.ints.IntOpenHashSet;
import it.unimi.dsi.fastutil.ints.IntSet;
import java.util.Map;

/**
 * A request in vocabulary rows.
 *
 * @param history the known events
 * @param at the request's time in seconds or {@link io.genrec.api.sequence.History#NO_TIME}
 * @param k how many items to give, at most as many as there are
 * @param excluded rows that are never given
 */
record Question(RawHistory history, long at, int k, IntSet excluded) {
  static Question of(Request request, Map<String, VocabularyFile> vocabularies) {
    RawHistory history = new RawHistory(request, vocabularies);
    VocabularyFile items = java.util.Objects.requireNonNull(vocabularies.get(Schema.ITEM));
    IntSet excluded = new IntOpenHashSet();
    request.excluded().forEach(id -> excluded.add(items.row(id)));
    for (int event = 0; request.excludeSeen() && event < history.size(); event++) {
      excluded.add(history.category(Schema.ITEM, event));
    }
    excluded.remove(VocabularyFile.UNKNOWN);
    int k = Math.min(request.k(), items.size());
    return new Question(history, request.effectiveTime(), k, excluded);
  }
}
