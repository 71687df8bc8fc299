package io.genrec.api.sequence;

import org.apiguardian.api.API;

/** Many users' histories by number. Safe for many threads; each view that it gives is for one. */
@API(status = API.Status.STABLE, since = "0.1")
public interface Histories {
  /** How many there are. */
  int size();

  /** One history, from 0; valid until the owner of the data is closed. */
  History get(int index);
}
