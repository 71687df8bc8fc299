package io.genrec.api.sequence;

import org.apiguardian.api.API;

/** Many users' histories by number. Safe for many threads; each view that it gives is for one. */
@API(status = API.Status.STABLE, since = "0.1")
public interface Histories {
  /** How many there are. */
  int size();

  /** One history, from 0; valid until the owner of the data is closed. */
  History get(int index);

  /**
   * The time from which on targets are learned from: what is used before it is only input, as of
   * days that were learned from already. By default all are.
   */
  default long learnedFrom() {
    return History.NO_TIME;
  }
}
