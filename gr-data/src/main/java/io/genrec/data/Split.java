package io.genrec.data;

import io.genrec.api.GenRecException;
import io.genrec.api.config.Default;
import java.util.Locale;
import org.apiguardian.api.API;

/**
 * How histories are divided into training events and evaluation targets. The history of a target is
 * everything before it.
 *
 * @param protocol which rule
 * @param cut epoch seconds for the protocols that have one ({@link Protocol#hasCut}): where the
 *     test period begins; otherwise 0
 * @param validation epoch seconds for {@link Protocol#IMPRESSIONS}: where the validation period
 *     begins, at most the cut; otherwise 0
 */
@API(status = API.Status.EXPERIMENTAL, since = "0.1")
public record Split(Protocol protocol, @Default("0") long cut, @Default("0") long validation) {

  /** The rules. */
  public enum Protocol {
    /**
     * Leave one out with a validation target: training has all but a user's last two events,
     * validation the one before the last, test the last. Users need three events.
     */
    STRICT,
    /**
     * Leave one out as the published HSTU code does it: training has all but a user's last event,
     * test the last; there is no validation target. Users need two events.
     */
    META,
    /**
     * One cut in time: training has the events before the cut, test a user's first event at or
     * after it, provided that the user has an event before it. There is no validation target.
     */
    TEMPORAL,
    /**
     * Two cuts in time, for data with actions: training has the events before the validation
     * period; every event of that period and of the test period is a question, and its history all
     * events of the user at earlier moments, whatever period they are of.
     */
    IMPRESSIONS,
    /**
     * Whole users held out by one cut in time: training has the events before the cut, all of them;
     * the last event of each user without such events is a test target. These users need two
     * events. There is no validation target.
     */
    USERS;

    /** How options, configurations and files name the rule. */
    public String word() {
      return name().toLowerCase(Locale.ROOT);
    }

    /** Whether the rule divides by a moment, which somebody must give. */
    public boolean hasCut() {
      return this == TEMPORAL || this == IMPRESSIONS || this == USERS;
    }
  }

  /** Which targets. */
  public enum Part {
    /** For choosing epochs and hyper-parameters. */
    VALIDATION,
    /** For the reported result. */
    TEST
  }

  /**
   * Refuses a cut where there is none.
   *
   * @throws GenRecException {@code InvalidValue}
   */
  public Split {
    if (!protocol.hasCut() && cut != 0) {
      throw new GenRecException(
          "InvalidValue",
          "cut is only for the protocols temporal, impressions and users; "
              + protocol
              + " takes 0");
    }
    if (protocol != Protocol.IMPRESSIONS && validation != 0) {
      throw new GenRecException(
          "InvalidValue",
          "validation is only for the protocol impressions; " + protocol + " takes 0");
    }
    if (validation > cut) {
      throw new GenRecException(
          "InvalidValue",
          "validation begins at " + validation + ", after the test period at " + cut);
    }
  }

  /** A split without a validation period. */
  public Split(Protocol protocol, long cut) {
    this(protocol, cut, 0);
  }

  /**
   * Two cuts in time.
   *
   * @param validation epoch seconds: the first second of the validation period
   * @param test epoch seconds: the first second of the test period
   */
  public static Split impressions(long validation, long test) {
    return new Split(Protocol.IMPRESSIONS, test, validation);
  }

  /** Leave one out with validation. */
  public static Split strict() {
    return new Split(Protocol.STRICT, 0);
  }

  /** Leave one out without validation. */
  public static Split meta() {
    return new Split(Protocol.META, 0);
  }

  /**
   * A cut in time.
   *
   * @param cut epoch seconds: the first second of the test period
   */
  public static Split temporal(long cut) {
    return new Split(Protocol.TEMPORAL, cut);
  }

  /**
   * Whole users held out.
   *
   * @param cut epoch seconds: users without earlier events are the test users
   */
  public static Split users(long cut) {
    return new Split(Protocol.USERS, cut);
  }

  /** This split of a data set; the data set must stay open. */
  public DatasetSplit of(SequenceDataset data) {
    return new DatasetSplit(this, data);
  }
}
