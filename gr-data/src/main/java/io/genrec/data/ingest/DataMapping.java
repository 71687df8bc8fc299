package io.genrec.data.ingest;

import io.genrec.api.GenRecException;
import io.genrec.api.config.Default;
import io.genrec.data.DatasetInfo;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.apiguardian.api.API;
import org.jspecify.annotations.Nullable;

/**
 * Which raw files and columns make a data set. As JSON, read by {@link
 * io.genrec.api.config.StrictConfig}:
 *
 * <pre>{@code
 * {"name": "shop",
 *  "events": {"files": ["clicks.csv.gz"], "format": "csv"},
 *  "user": "user_id", "item": "item_id", "time": "timestamp", "timeUnit": "ms",
 *  "rating": {"column": "stars", "minimum": 4},
 *  "features": [{"name": "action", "kind": "categorical"}],
 *  "items": {"source": {"files": ["items.csv"], "format": "csv"}, "id": "item_id", "title": "name"},
 *  "minimum": {"users": 5, "items": 5, "core": "iterated"}}
 * }</pre>
 *
 * @param name the data set's name
 * @param events the files with one row per event
 * @param user the column with the user's raw id
 * @param item the column with the item's raw id
 * @param time the column with the event's time
 * @param timeUnit what the time counts; kept as whole seconds, but ordered by the full value
 * @param order a column of integers that orders events of equal time, where the files' own order is
 *     not the original one; null for the files' order
 * @param rating a numeric column kept as the event field {@code rating}; null for none
 * @param features further columns kept as event fields, which are known only after the event
 * @param items what is known of items, for the vocabulary; null for nothing
 * @param users what is known of users, as user fields; null for nothing
 * @param minimum which users and items have too few events
 * @param duplicates what to do with rows of equal user, item and time
 * @param context further columns that are known before the event, such as a page or an hour
 * @param actions what users did at events; null for nothing
 * @param earlier items of users from before the events, whose times are not known; null for none
 * @param vocabulary which items get rows of their own; null for all
 * @param series slower-changing series of users, whose entries stand among the events by time
 */
@API(status = API.Status.EXPERIMENTAL, since = "0.1")
public record DataMapping(
    String name,
    Source events,
    String user,
    String item,
    String time,
    @Default("s") TimeUnit timeUnit,
    @Nullable String order,
    @Nullable Rating rating,
    @Default("[]") List<Feature> features,
    @Nullable Items items,
    @Nullable Users users,
    @Default("{}") Minimum minimum,
    @Default("error") Duplicates duplicates,
    @Default("[]") List<Feature> context,
    @Nullable Actions actions,
    @Nullable Earlier earlier,
    @Nullable Growth vocabulary,
    @Default("[]") List<Series> series) {

  /** What a time column counts. */
  public enum TimeUnit {
    /** Seconds, fractions allowed. */
    S,
    /** Milliseconds. */
    MS,
    /** ISO 8601 dates or date-times; without an offset they are UTC. */
    ISO
  }

  /** What to do with rows of equal user, item and time. */
  public enum Duplicates {
    /** Refuse the data with {@code DuplicateKeys}. */
    ERROR,
    /** Keep every row. */
    KEEP,
    /** Keep the first row in tie order. */
    FIRST
  }

  /** How minimum counts are applied. */
  public enum Core {
    /** Both counts are taken once, on the same events; then both filters remove events. */
    ONCE,
    /** Repeated until nothing changes: every user and item left has its minimum (k-core). */
    ITERATED
  }

  /**
   * Files of one format and the same columns, read one after the other.
   *
   * @param files paths, relative to the mapping's folder; {@code archive.zip!/folder/file.csv} for
   *     an entry of a zip archive
   * @param format csv, tsv, double-colon ({@code ::}), pipe, parquet or jsonl; gzip is recognised
   * @param columns the columns' names if the files have no header line; null if they have
   * @param encoding utf-8 or latin-1
   */
  public record Source(
      List<String> files,
      String format,
      @Nullable List<String> columns,
      @Default("utf-8") String encoding) {
    /**
     * Checks the names.
     *
     * @throws GenRecException {@code UnknownFormat}, {@code InvalidValue}
     */
    public Source {
      files = List.copyOf(files);
      columns = columns == null ? null : List.copyOf(columns);
      if (files.isEmpty()) {
        throw new GenRecException("InvalidValue", "files must name at least one file");
      }
      boolean delimited = Format.of(format).delimited();
      if (columns != null && !delimited) {
        throw new GenRecException(
            "InvalidValue", "columns are only for delimited files; " + format + " names its own");
      }
      if (!encoding.equals("utf-8") && !encoding.equals("latin-1")) {
        throw new GenRecException("InvalidValue", "encoding must be utf-8 or latin-1");
      }
    }
  }

  /**
   * The rating or action column.
   *
   * @param column its name
   * @param minimum events below it are removed; null to keep all
   */
  public record Rating(String column, @Nullable Double minimum) {}

  /**
   * A further column.
   *
   * @param name the field's name in the data set: letters, digits and underscores
   * @param column the raw column; null if it has the field's name
   * @param kind categorical (an empty value is row 0) or numeric (an empty value of an event is an
   *     error)
   */
  public record Feature(String name, @Nullable String column, DatasetInfo.Kind kind) {
    private static final Set<String> TAKEN =
        Set.of(
            "user",
            "item",
            "time",
            "rating",
            "id",
            "count",
            "actions",
            "moment",
            // What tokens carry beside features.
            "prediction_time",
            "valid",
            "role",
            "length",
            "position");

    /**
     * Checks name and kind.
     *
     * @throws GenRecException {@code InvalidValue}
     */
    public Feature {
      if (!name.matches("[A-Za-z][A-Za-z0-9_]{0,63}") || TAKEN.contains(name)) {
        throw new GenRecException(
            "InvalidValue",
            "name \"" + name + "\" must be letters, digits, underscores, and none of " + TAKEN);
      }
      if (kind == DatasetInfo.Kind.TIME) {
        throw new GenRecException("InvalidValue", "kind must be categorical or numeric");
      }
    }

    /** The raw column. */
    String from() {
      return column == null ? name : column;
    }
  }

  /**
   * What is known of items. Items without events are left out; of two rows of one id the first
   * counts.
   *
   * @param source the files
   * @param id the column with the item's raw id
   * @param title the column with the title; null for none
   * @param columns further text columns kept in the vocabulary
   * @param features columns kept as fields of the item's events
   */
  public record Items(
      Source source,
      String id,
      @Nullable String title,
      @Default("[]") List<String> columns,
      @Default("[]") List<Feature> features) {
    /** Items without fields. */
    public Items(Source source, String id, @Nullable String title, List<String> columns) {
      this(source, id, title, columns, List.of());
    }

    /**
     * Checks the names.
     *
     * @throws GenRecException {@code InvalidValue}
     */
    public Items {
      columns = List.copyOf(columns);
      features = List.copyOf(features);
      Set<String> names = new HashSet<>(List.of("id", "count", "title"));
      for (String column : columns) {
        if (!names.add(column)) {
          throw new GenRecException(
              "InvalidValue",
              "columns must differ, and differ from id, count and title; \""
                  + column
                  + "\" does not");
        }
      }
    }
  }

  /**
   * What users did at events: columns of 0 and 1, or one column with sums of 2^i.
   *
   * @param names the actions' names, 1 to 30
   * @param columns a column for each; null for those of their names, unless there is a bitmask
   * @param bitmask the column with sums of 2^i over the names; null for columns
   */
  public record Actions(
      List<String> names, @Nullable List<String> columns, @Nullable String bitmask) {
    private static final int MOST = 30;

    /**
     * Checks names and columns.
     *
     * @throws GenRecException {@code InvalidValue}
     */
    public Actions {
      names = List.copyOf(names);
      columns = columns == null ? null : List.copyOf(columns);
      if (names.isEmpty() || names.size() > MOST || new HashSet<>(names).size() < names.size()) {
        throw new GenRecException(
            "InvalidValue", "names must be 1 to " + MOST + " different ones but are " + names);
      }
      if (columns != null && (bitmask != null || columns.size() != names.size())) {
        throw new GenRecException(
            "InvalidValue", "columns must be one for each name, and none with a bitmask");
      }
    }

    /** A column for each action. */
    List<String> from() {
      return columns == null ? names : columns;
    }
  }

  /**
   * Items of users from before the events: lists in the order of time, without times. They become a
   * user's first events.
   *
   * @param source files with one row per user
   * @param user the column with the user's raw id
   * @param items the column with the list of items
   * @param flags for an action the column with the list of items that it was taken on
   * @param always actions that were taken on all items
   */
  public record Earlier(
      Source source,
      String user,
      String items,
      @Default("{}") Map<String, String> flags,
      @Default("[]") List<String> always) {
    /** Copies. */
    public Earlier {
      flags = Collections.unmodifiableMap(new TreeMap<>(flags));
      always = List.copyOf(always);
    }
  }

  /**
   * A slower-changing categorical series of users, such as creators that they follow, or a device.
   * Its entries become tokens among the events by time (arXiv 2402.17152, section 2.1): after all
   * events of the same time, so that none of these sees what may have come of it; entries without
   * times before everything, in the order of the series and of their rows. Entries of users without
   * events are left out.
   *
   * <p>A time tells no more than it says: an entry stands at the end of the smallest unit that its
   * time names. One of 12:00:00 is seen from 12:00:01 on, one of a date from the next day (in UTC,
   * unless there is an offset), even where the events' own times are finer.
   *
   * @param name the series' name in the data set: letters, digits and underscores
   * @param source files with one row per entry
   * @param user the column with the user's raw id
   * @param value the column with the entry's value; null if it has the series' name
   * @param time the column with the entry's time; null if entries have none
   * @param timeUnit what the time counts; null for what the events' does
   * @param keep which entries
   */
  public record Series(
      String name,
      Source source,
      String user,
      @Nullable String value,
      @Nullable String time,
      @Nullable TimeUnit timeUnit,
      @Default("changes") Keep keep) {
    /** Which entries are kept. */
    public enum Keep {
      /** Of consecutive entries of one value the earliest. */
      CHANGES,
      /** All. */
      ALL
    }

    /**
     * Refuses a unit without times.
     *
     * @throws GenRecException {@code InvalidValue}
     */
    public Series {
      if (timeUnit != null && time == null) {
        throw new GenRecException(
            "InvalidValue", "timeUnit is only for a series with times; set time too");
      }
    }

    /** The field that the series becomes. */
    Feature field() {
      return new Feature(name, value, DatasetInfo.Kind.CATEGORICAL);
    }
  }

  /**
   * How the vocabulary of items grows. Items without a row of their own count as the item "none",
   * row 0.
   *
   * @param admit the events, in this and all earlier logs, after which an item gets a row
   * @param limit the most rows; null for no limit
   * @param evict whose rows new items get once the limit is reached; never those of items that have
   *     events in this log
   */
  public record Growth(
      @Default("1") long admit, @Nullable Integer limit, @Default("never") Evict evict) {
    /** Every item has a row at once, and keeps it. */
    static final Growth ALL = new Growth(1, null, Evict.NEVER);

    /** Whose rows are given to new items. */
    public enum Evict {
      /** Nobody's: a vocabulary over its limit is an error. */
      NEVER,
      /** Those of the items whose newest event is longest ago. */
      OLDEST,
      /** Those of the items with the fewest events in all logs. */
      RAREST
    }

    /**
     * Checks the numbers.
     *
     * @throws GenRecException {@code InvalidValue}
     */
    public Growth {
      if (admit < 1) {
        throw new GenRecException("InvalidValue", "admit must be at least 1 but is " + admit);
      }
      if (limit != null && limit < 1) {
        throw new GenRecException("InvalidValue", "limit must be at least 1 but is " + limit);
      }
      if (limit == null && evict != Evict.NEVER) {
        throw new GenRecException(
            "InvalidValue", "evict is only for a vocabulary with a limit; set limit too");
      }
    }
  }

  /**
   * What is known of users. Users without events are left out; of two rows of one id the first
   * counts.
   *
   * @param source the files
   * @param id the column with the user's raw id
   * @param features the fields
   */
  public record Users(Source source, String id, List<Feature> features) {
    /** Copies the list. */
    public Users {
      features = List.copyOf(features);
    }
  }

  /**
   * Minimum counts, after ratings were filtered.
   *
   * @param users events that a user must have
   * @param items events that an item must have
   * @param core one pass or iterated
   */
  public record Minimum(
      @Default("1") int users, @Default("1") int items, @Default("once") Core core) {
    /**
     * Checks the counts.
     *
     * @throws GenRecException {@code InvalidValue}
     */
    public Minimum {
      if (users < 1) {
        throw new GenRecException("InvalidValue", "users must be at least 1");
      }
      if (items < 1) {
        throw new GenRecException("InvalidValue", "items must be at least 1");
      }
    }

    /** Everything stays. */
    public static Minimum none() {
      return new Minimum(1, 1, Core.ONCE);
    }
  }

  /**
   * Checks names that must differ.
   *
   * @throws GenRecException {@code InvalidValue}
   */
  public DataMapping {
    features = List.copyOf(features);
    context = List.copyOf(context);
    series = List.copyOf(series);
    if (name.isBlank()) {
      throw new GenRecException("InvalidValue", "name must not be blank");
    }
    Set<String> names = new HashSet<>();
    List<Feature> ofUsers = users == null ? List.of() : users.features();
    List<Feature> ofItems = items == null ? List.of() : items.features();
    List<Feature> ofSeries = series.stream().map(Series::field).toList();
    for (List<Feature> group : List.of(features, context, ofItems, ofUsers, ofSeries)) {
      for (Feature feature : group) {
        if (!names.add(feature.name())) {
          throw new GenRecException(
              "InvalidValue", "features have the name \"" + feature.name() + "\" twice");
        }
      }
    }
    if (earlier != null) {
      List<String> known = actions == null ? List.of() : actions.names();
      Set<String> taken = new TreeSet<>(earlier.flags().keySet());
      taken.addAll(earlier.always());
      taken.removeAll(known);
      if (!taken.isEmpty()) {
        throw new GenRecException(
            "InvalidValue", "earlier names the actions " + taken + "; the mapping has " + known);
      }
    }
  }
}
