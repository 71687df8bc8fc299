package io.genrec.api.storage;

import org.apiguardian.api.API;

/** What a write does when its target is already there. */
@API(status = API.Status.STABLE, since = "0.1")
public enum IfExists {
  /** Refuse with {@code [GR/OutputExists]} and leave the target as it is. */
  FAIL,
  /** Put the new content in the place of the old, which stays readable until then. */
  REPLACE
}
