package io.genrec.api.inference;

import io.genrec.api.sequence.History;
import java.util.Optional;
import org.apiguardian.api.API;

/**
 * Candidates of one user to score, in vocabulary rows.
 *
 * @param history the events that the model is shown, oldest first; stays valid and unchanged until
 *     the answer is there
 * @param firstIndex how many of the user's events precede the first one of the history
 * @param at when the answer is used, in seconds or {@link History#NO_TIME}
 * @param user the key under which work may be kept for the user's next request; without it nothing
 *     is kept
 * @param candidates what to score: items in the place of events, of which nothing is read that is
 *     known only after them
 */
@API(status = API.Status.STABLE, since = "0.1")
public record ScoringRequest(
    History history, long firstIndex, long at, Optional<String> user, History candidates) {}
