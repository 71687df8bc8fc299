package io.genrec.data.ingest;

import io.genrec.api.GenRecException;
import io.genrec.data.DatasetInfo;
import java.io.IOException;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;

/**
 * The table of events in DuckDB: u, i raw ids; t microseconds; o the order within equal times; n
 * the row in the files; r the rating; f0, f1, ... the features; c0, c1, ... the context; a the
 * actions. Checked, then filtered; then earlier items are added, without times.
 */
final class Events {
  private static final String TABLE = "events";

  private final Duck duck;
  private final DataMapping mapping;
  private final RawTable raw;
  private final List<RawColumn> columns;
  private final List<RawColumn> actions;
  private final List<DatasetInfo.Filter> filters = new ArrayList<>();

  Events(Duck duck, DataMapping mapping, List<RawFile> files) {
    this.duck = duck;
    this.mapping = mapping;
    this.columns = columns(mapping);
    this.actions = actions(mapping);
    List<RawColumn> all = new ArrayList<>(columns);
    all.addAll(actions);
    this.raw = new RawTable(duck, "raw", mapping.events(), files, all);
  }

  private static List<RawColumn> columns(DataMapping mapping) {
    List<RawColumn> columns = new ArrayList<>();
    columns.add(RawColumn.id(mapping.user(), "u"));
    columns.add(RawColumn.id(mapping.item(), "i"));
    columns.add(RawColumn.time(mapping.time(), "t", mapping.timeUnit()));
    String order = mapping.order();
    if (order != null) {
      columns.add(RawColumn.integer(order, "o"));
    }
    DataMapping.Rating rating = mapping.rating();
    if (rating != null) {
      columns.add(RawColumn.number(rating.column(), "r", false));
    }
    for (int f = 0; f < mapping.features().size(); f++) {
      columns.add(RawColumn.feature(mapping.features().get(f), "f" + f, false));
    }
    for (int c = 0; c < mapping.context().size(); c++) {
      columns.add(RawColumn.feature(mapping.context().get(c), "c" + c, false));
    }
    return columns;
  }

  private static List<RawColumn> actions(DataMapping mapping) {
    DataMapping.Actions actions = mapping.actions();
    if (actions == null) {
      return List.of();
    }
    String bitmask = actions.bitmask();
    if (bitmask != null) {
      return List.of(RawColumn.bits(bitmask, "a0", actions.names()));
    }
    List<RawColumn> columns = new ArrayList<>();
    for (int bit = 0; bit < actions.names().size(); bit++) {
      columns.add(RawColumn.flag(actions.from().get(bit), "a" + bit));
    }
    return columns;
  }

  RawTable raw() {
    return raw;
  }

  List<DatasetInfo.Filter> filters() {
    return filters;
  }

  /** Turns texts into values and refuses what cannot be one. */
  void parse() throws SQLException, IOException {
    raw.check();
    String values =
        columns.stream()
            .map(column -> column.value() + " AS " + column.sql())
            .collect(Collectors.joining(", "));
    String order = mapping.order() == null ? ", rowid AS o" : "";
    duck.execute(
        "CREATE TABLE events AS SELECT " + values + order + bits() + ", rowid AS n FROM raw");
    duck.execute("DROP TABLE raw");
    refuseEmpty();
  }

  /** The bits of all action columns as one number. */
  private String bits() {
    StringBuilder sum = new StringBuilder();
    for (int bit = 0; bit < actions.size(); bit++) {
      sum.append(bit == 0 ? ", " : " + ").append(actions.get(bit).value());
      sum.append(" * ").append(1L << bit);
    }
    return actions.isEmpty() ? "" : sum + " AS a";
  }

  /** The table of earlier items as text: one row per user. */
  static List<RawColumn> earlierColumns(DataMapping.Earlier earlier) {
    List<RawColumn> columns = new ArrayList<>();
    columns.add(RawColumn.id(earlier.user(), "u"));
    columns.add(RawColumn.list(earlier.items(), "items"));
    for (String action : earlier.flags().keySet()) {
      columns.add(
          RawColumn.list(
              java.util.Objects.requireNonNull(earlier.flags().get(action)),
              "flag" + columns.size()));
    }
    return columns;
  }

  /** Adds the earlier items of users who have events, from a table of {@link #earlierColumns}. */
  void addEarlier(DataMapping.Earlier earlier, String table) throws SQLException {
    List<RawColumn> lists = earlierColumns(earlier);
    List<String> flagged = List.copyOf(earlier.flags().keySet());
    StringBuilder bits = new StringBuilder("0");
    DataMapping.Actions known = mapping.actions();
    List<String> names = known == null ? List.of() : known.names();
    for (String action : earlier.always()) {
      bits.append(" + ").append(1L << names.indexOf(action));
    }
    for (int flag = 0; flag < flagged.size(); flag++) {
      bits.append(" + CASE WHEN list_contains(").append(lists.get(flag + 2).value());
      bits.append(", i) THEN ")
          .append(1L << names.indexOf(flagged.get(flag)))
          .append(" ELSE 0 END");
    }
    duck.execute(
        "INSERT INTO events BY NAME SELECT u, i, o, o AS n"
            + (names.isEmpty() ? "" : ", CAST(" + bits + " AS INTEGER) AS a")
            + " FROM (SELECT *, unnest("
            + lists.get(1).value()
            + ") AS i, generate_subscripts("
            + lists.get(1).value()
            + ", 1) AS o FROM "
            + table
            + ") WHERE u IN (SELECT u FROM events)");
  }

  /** Duplicates, ratings, counts: in this order. */
  void filter() throws SQLException, IOException {
    switch (mapping.duplicates()) {
      case ERROR -> refuseDuplicates();
      case FIRST ->
          retain(
              "duplicates: first of equal user, item, time",
              "SELECT * FROM events"
                  + " QUALIFY row_number() OVER (PARTITION BY u, i, t ORDER BY o, n) = 1");
      case KEEP -> {}
    }
    DataMapping.Rating rating = mapping.rating();
    if (rating != null && rating.minimum() != null) {
      retain(
          rating.column() + " >= " + rating.minimum(),
          "SELECT * FROM events WHERE r >= " + rating.minimum());
    }
    core();
  }

  private void core() throws SQLException {
    DataMapping.Minimum minimum = mapping.minimum();
    if (minimum.users() == 1 && minimum.items() == 1) {
      return;
    }
    String words = minimum.users() + " events per user, " + minimum.items() + " per item";
    String select =
        "SELECT * FROM events WHERE u IN (SELECT u FROM events GROUP BY u HAVING count(*) >= "
            + minimum.users()
            + ") AND i IN (SELECT i FROM events GROUP BY i HAVING count(*) >= "
            + minimum.items()
            + ")";
    if (minimum.core() == DataMapping.Core.ONCE) {
      retain("at least " + words + ", once", select);
      return;
    }
    for (int pass = 1; ; pass++) {
      if (retain("at least " + words + ", pass " + pass, select) == 0) {
        return;
      }
    }
  }

  private long retain(String filter, String select) throws SQLException {
    long before = duck.number("SELECT count(*) FROM " + TABLE);
    duck.execute("CREATE TABLE retained AS " + select);
    duck.execute("DROP TABLE events");
    duck.execute("ALTER TABLE retained RENAME TO events");
    long removed = before - duck.number("SELECT count(*) FROM " + TABLE);
    filters.add(new DatasetInfo.Filter(filter, removed));
    refuseEmpty();
    return removed;
  }

  private void refuseEmpty() throws SQLException {
    if (duck.number("SELECT count(*) FROM " + TABLE) == 0) {
      String why =
          filters.isEmpty()
              ? "the raw files have no rows"
              : filters.stream()
                  .map(f -> "\"" + f.filter() + "\" removed " + f.removedEvents())
                  .collect(Collectors.joining("; "));
      throw new GenRecException(
          "EmptyDataset",
          "no events are left of data set " + mapping.name() + ": " + why + "; relax the filters");
    }
  }

  private void refuseDuplicates() throws SQLException, IOException {
    List<String> found = new ArrayList<>();
    List<Long> rows = new ArrayList<>();
    duck.query(
        "SELECT u, i, list_sort(list(n))[1], list_sort(list(n))[2], count(*) OVER () FROM events"
            + " GROUP BY u, i, t HAVING count(*) > 1 ORDER BY 3 LIMIT 1",
        result -> {
          if (result.next()) {
            found.add("user \"" + result.getString(1) + "\", item \"" + result.getString(2) + "\"");
            found.add(result.getLong(5) + " such groups");
            rows.add(result.getLong(3));
            rows.add(result.getLong(4));
          }
        });
    if (!found.isEmpty()) {
      throw new GenRecException(
          "DuplicateKeys",
          raw.place(rows.get(0))
              + " and "
              + raw.place(rows.get(1))
              + " have the same time for "
              + found.get(0)
              + " ("
              + found.get(1)
              + "); set \"duplicates\" to \"first\" or \"keep\" if that is right");
    }
  }
}
