package io.genrec.api.task;

import org.apiguardian.api.API;

/**
 * The questions of an evaluation of rankings by number. Safe for many threads; each case that it
 * gives is for one.
 */
@API(status = API.Status.STABLE, since = "0.1")
public interface RankingSet {
  /** How many there are. */
  int size();

  /** One question, from 0. */
  RankingCase get(int index);
}
