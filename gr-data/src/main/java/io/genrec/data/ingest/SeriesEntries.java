package io.genrec.data.ingest;

import io.genrec.data.ingest.DataMapping.Series;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;

/**
 * Tables of the entries of slower-changing series in DuckDB, numbered from 0: u the raw id of the
 * user, s the value, t the microsecond in which it is sure to have happened, or null, o the place
 * among the user's entries. At last they are merged into the events.
 */
final class SeriesEntries {
  private static final String NONE = "CAST(NULL AS BIGINT)";

  private final Duck duck;
  private final List<Series> series;

  SeriesEntries(Duck duck, List<Series> series) {
    this.duck = duck;
    this.series = series;
  }

  /** The raw table of a series. */
  static String raw(int index) {
    return "series_raw" + index;
  }

  /** The column of the events that has a series' values. */
  static String column(int index) {
    return "s" + index;
  }

  /** The columns of a raw table. */
  static List<RawColumn> columns(Series series, DataMapping mapping) {
    List<RawColumn> columns = new ArrayList<>();
    columns.add(RawColumn.id(series.user(), "u"));
    columns.add(RawColumn.id(series.field().from(), "s"));
    String time = series.time();
    if (time != null) {
      columns.add(RawColumn.timeUntil(time, "t", unit(series, mapping)));
    }
    return columns;
  }

  private static DataMapping.TimeUnit unit(Series series, DataMapping mapping) {
    DataMapping.TimeUnit unit = series.timeUnit();
    return unit == null ? mapping.timeUnit() : unit;
  }

  /**
   * Takes the entries of users who have events from the raw tables: in the order of their times,
   * then of the files. One whose time ends sooner than that of an entry before it waits for that
   * one.
   */
  void parse(DataMapping mapping) throws SQLException {
    for (int k = 0; k < series.size(); k++) {
      Series one = series.get(k);
      DataMapping.TimeUnit unit = unit(one, mapping);
      String time = one.time();
      duck.execute(
          """
          CREATE TABLE %s AS
          SELECT u, s, max(%s) OVER so_far AS t, row_number() OVER so_far AS o
          FROM %s WHERE u IN (SELECT u FROM events)
          WINDOW so_far AS (PARTITION BY u ORDER BY %s, rowid ROWS UNBOUNDED PRECEDING)
          """
              .formatted(
                  table(k),
                  time == null ? NONE : RawColumn.timeUntil(time, "t", unit).value(),
                  raw(k),
                  time == null ? NONE : RawColumn.time(time, "t", unit).value()));
      if (one.keep() == Series.Keep.CHANGES) {
        duck.execute(
            "CREATE TABLE changes AS SELECT * FROM "
                + table(k)
                + " QUALIFY s IS DISTINCT FROM lag(s) OVER (PARTITION BY u ORDER BY o)");
        duck.execute("DROP TABLE " + table(k));
        duck.execute("ALTER TABLE changes RENAME TO " + table(k));
      }
      duck.execute("DROP TABLE " + raw(k));
    }
  }

  /** SQL of the values and their counts. */
  static String values(int index) {
    return "SELECT s AS id, count(*) AS n FROM " + table(index) + " GROUP BY s";
  }

  /**
   * Puts the entries among the events, without items; p orders what has one time: below 0 for
   * entries without a time, 0 for events, above 0 for other entries.
   */
  void merge() throws SQLException {
    duck.execute("ALTER TABLE events ADD COLUMN p INTEGER DEFAULT 0");
    for (int k = 0; k < series.size(); k++) {
      boolean timed = series.get(k).time() != null;
      duck.execute("ALTER TABLE events ADD COLUMN " + column(k) + " VARCHAR");
      duck.execute(
          "INSERT INTO events BY NAME SELECT u, t, o, o AS n, "
              + (timed ? k + 1 : k - series.size())
              + " AS p, s AS "
              + column(k)
              + " FROM "
              + table(k));
    }
  }

  private static String table(int index) {
    return "series" + index;
  }
}
