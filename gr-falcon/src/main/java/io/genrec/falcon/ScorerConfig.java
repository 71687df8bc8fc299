package io.genrec.falcon;

import io.genrec.api.config.Default;
import io.genrec.api.inference.Anchor;
import org.apiguardian.api.API;

/**
 * The options of a {@link Scorer}.
 *
 * @param queue how many requests may wait; another one is refused at once
 * @param concurrency how many groups of requests are scored at a time; 0: as many as there are
 *     processors
 * @param together the most waiting requests that are scored as one group
 * @param anchor delta of {@link Anchor}; 0 shows the most recent events
 * @param unknownItems what becomes of events and candidates whose items the vocabulary does not
 *     know
 * @param newItems how many items that are first seen in service may get a row of their own
 * @param admit the events after which one gets it
 */
@API(status = API.Status.EXPERIMENTAL, since = "0.1")
public record ScorerConfig(
    @Default("1024") int queue,
    @Default("0") int concurrency,
    @Default("16") int together,
    @Default("0") int anchor,
    @Default("score") UnknownItems unknownItems,
    @Default("0") int newItems,
    @Default("1") int admit) {
  /** What becomes of items of row 0. */
  public enum UnknownItems {
    /** They count as the item "none", whose embedding is row 0. */
    SCORE,
    /** The request is refused. */
    REJECT
  }

  /** Without room for new items. */
  public ScorerConfig(
      int queue, int concurrency, int together, int anchor, UnknownItems unknownItems) {
    this(queue, concurrency, together, anchor, unknownItems, 0, 1);
  }

  /** Checks the values. */
  public ScorerConfig {
    Numbers.requireAtLeast("queue", queue, 1);
    Numbers.requireAtLeast("concurrency", concurrency, 0);
    Numbers.requireAtLeast("together", together, 1);
    Numbers.requireAtLeast("anchor", anchor, 0);
    Numbers.requireAtLeast("newItems", newItems, 0);
    Numbers.requireAtLeast("admit", admit, 1);
  }
}
