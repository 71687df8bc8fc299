package io.genrec.api.inference;

import org.apiguardian.api.API;

/** What a strategy knew of a request's history before it came. */
@API(status = API.Status.STABLE, since = "0.1")
public enum CacheUse {
  /** Nothing is kept: by this strategy, or for a request without a user. */
  NONE,
  /** All of it. */
  HIT,
  /** Its beginning; the events after it were computed. */
  EXTEND,
  /** Nothing, or another past. */
  MISS,
  /** Only a history that began at another event. */
  MOVED
}
