package io.genrec.api.inference;

import io.genrec.api.GenRecException;
import java.util.List;
import org.apiguardian.api.API;

/**
 * Turns requests into runs of a model. Every strategy gives the same scores up to rounding; they
 * differ in cost. Thread-safe; owns what it keeps until it is closed, which must not happen during
 * a call.
 */
@API(status = API.Status.STABLE, since = "0.1")
public interface InferenceStrategy extends AutoCloseable {
  /**
   * Scores the candidates of several requests, each as if it stood alone.
   *
   * @return one answer per request, in their order
   */
  List<Scores> score(List<ScoringRequest> requests);

  /**
   * The vectors of several users by which a model that predicts items finds them, each as if it
   * stood alone. Their requests have no candidates, and at least one event.
   *
   * @return one answer per request, in their order; none for no request
   * @throws GenRecException {@code [GR/NoUserVectors]}, for no request too, if this strategy only
   *     scores candidates
   */
  default List<UserVector> users(List<ScoringRequest> requests) {
    throw new GenRecException(
        "NoUserVectors",
        "this strategy scores candidates and gives no vectors of users to find items by; name"
            + " another one, such as m-falcon, or none: then whole histories are computed");
  }

  /** Forgets all that is kept of a user. */
  default void invalidate(String user) {}

  /** What the cache did. */
  default CacheStatistics statistics() {
    return CacheStatistics.NONE;
  }

  @Override
  void close();
}
