package io.genrec.data;

import io.genrec.api.storage.Checksum;
import io.genrec.data.Split.Part;
import java.util.stream.IntStream;
import org.apiguardian.api.API;

/**
 * A {@link Split} of one data set, as positions in each user's history: training has the events
 * {@code [0, trainEnd(user))}; a target has the history {@code [0, target)}. Entries of
 * slower-changing series belong to the histories, but are no targets and do not count where a
 * protocol speaks of a user's last events. Computed per call from the histories, so it holds no
 * memory of its own.
 */
@API(status = API.Status.EXPERIMENTAL, since = "0.1")
public final class DatasetSplit {
  /** Says that a user has no target. */
  public static final int NONE = -1;

  private static final int SHORT = 12;

  private final Split split;
  private final SequenceDataset data;

  DatasetSplit(Split split, SequenceDataset data) {
    this.split = split;
    this.data = data;
  }

  /** The rule. */
  public Split split() {
    return split;
  }

  /** The data set. */
  public SequenceDataset data() {
    return data;
  }

  /**
   * The end of a user's training events; 0 for users that are too short for a leave-one-out
   * protocol, who take no part at all, and for those whom {@link Split.Protocol#USERS} holds out.
   */
  public int trainEnd(int user) {
    return switch (split.protocol()) {
      case STRICT -> leaving(user, 2);
      case META -> leaving(user, 1);
      case TEMPORAL, USERS -> before(user, split.cut());
      case IMPRESSIONS -> before(user, split.validation());
    };
  }

  /** The position of the first of a user's last items; 0 if the user has no other items. */
  private int leaving(int user, int last) {
    int begin = data.length(user);
    for (int left = 0; left < last; left++) {
      begin = itemBefore(user, begin);
      if (begin < 0) {
        return 0;
      }
    }
    return itemBefore(user, begin) < 0 ? 0 : begin;
  }

  /** The end of the events before a time; 0 if there are only entries of series. */
  private int before(int user, long time) {
    int end = firstAtOrAfter(user, time);
    return itemBefore(user, end) < 0 ? 0 : end;
  }

  /** The last event before a position that is no entry of a series; -1 if there is none. */
  private int itemBefore(int user, int position) {
    int event = position - 1;
    while (event >= 0 && data.isEntry(user, event)) {
      event--;
    }
    return event;
  }

  /** The first event from a position on that is no entry of a series; the length if none is. */
  private int itemFrom(int user, int position) {
    int event = position;
    while (event < data.length(user) && data.isEntry(user, event)) {
      event++;
    }
    return event;
  }

  /**
   * The first event of a user in the period of a part of {@link Split.Protocol#IMPRESSIONS}; the
   * number of the user's events if there is none.
   */
  public int begin(int user, Part part) {
    return firstAtOrAfter(user, part == Part.TEST ? split.cut() : split.validation());
  }

  /** One past the last event of that period. */
  public int end(int user, Part part) {
    return part == Part.TEST ? data.length(user) : firstAtOrAfter(user, split.cut());
  }

  /** Whether a user has an event in that period that is no entry of a series. */
  boolean asked(int user, Part part) {
    return itemFrom(user, begin(user, part)) < end(user, part);
  }

  /**
   * The position of a user's target, or {@link #NONE}, also if its item has no row; with {@link
   * Split.Protocol#IMPRESSIONS} nobody has one.
   */
  public int target(int user, Part part) {
    int trained = trainEnd(user);
    if (split.protocol() == Split.Protocol.USERS) {
      int last = itemBefore(user, data.length(user));
      boolean known = itemBefore(user, last) >= 0 && data.item(user, last) != 0;
      return part == Part.TEST && trained == 0 && known ? last : NONE;
    }
    if (trained == 0) {
      return NONE;
    }
    int target =
        switch (split.protocol()) {
          case STRICT -> part == Part.VALIDATION ? trained : itemFrom(user, trained + 1);
          case META, TEMPORAL -> part == Part.VALIDATION ? NONE : itemFrom(user, trained);
          case IMPRESSIONS, USERS -> NONE;
        };
    // Nobody can predict an item without a row.
    boolean asked = target != NONE && target < data.length(user) && data.item(user, target) != 0;
    return asked ? target : NONE;
  }

  /** The users who have a target, ascending. */
  public int[] users(Part part) {
    return IntStream.range(0, data.users()).filter(user -> target(user, part) != NONE).toArray();
  }

  /** How many users have no target. */
  public int skipped(Part part) {
    return data.users() - users(part).length;
  }

  /**
   * Whether a user's target has the same second as the event before it, so that it is arbitrary
   * which of them is the target.
   *
   * @return false if there is no target
   */
  public boolean targetInTie(int user, Part part) {
    int target = target(user, part);
    return target != NONE && data.tied(user, target);
  }

  /** The number of training events. */
  public long trainEvents() {
    return IntStream.range(0, data.users()).mapToLong(this::trainEnd).sum();
  }

  /** How many training events carry each item row; index 0 (padding, items without a row) is 0. */
  public long[] popularity() {
    long[] counts = new long[data.items() + 1];
    for (int user = 0; user < data.users(); user++) {
      int end = trainEnd(user);
      for (int i = 0; i < end; i++) {
        counts[data.item(user, i)]++;
      }
    }
    counts[0] = 0;
    return counts;
  }

  /** SHA-256, in hex, of the content hash, the protocol and its parameters. */
  public String splitHash() {
    return splitHash(data.contentHash());
  }

  /** The same of the data set as it was prepared, whose ties may be shuffled here. */
  public String preparedSplitHash() {
    return splitHash(data.info().contentHash());
  }

  private String splitHash(String contentHash) {
    String protocol = split.protocol().word();
    String validation =
        split.protocol() == Split.Protocol.IMPRESSIONS ? "|" + split.validation() : "";
    return Checksum.sha256(contentHash + "|" + protocol + "|" + split.cut() + validation);
  }

  /** The beginning of {@link #splitHash()}, for tables. */
  public String shortHash() {
    return splitHash().substring(0, SHORT);
  }

  private int firstAtOrAfter(int user, long time) {
    int low = 0;
    int high = data.length(user);
    while (low < high) {
      int middle = (low + high) >>> 1;
      if (data.time(user, middle) < time) {
        low = middle + 1;
      } else {
        high = middle;
      }
    }
    return low;
  }
}
