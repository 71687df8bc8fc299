package io.genrec.api.inference;

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

  /** Forgets all that is kept of a user. */
  default void invalidate(String user) {}

  /** What the cache did. */
  default CacheStatistics statistics() {
    return CacheStatistics.NONE;
  }

  @Override
  void close();
}
