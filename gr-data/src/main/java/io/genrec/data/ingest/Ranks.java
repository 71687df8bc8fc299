package io.genrec.data.ingest;

import io.genrec.api.storage.VocabularyFile;
import java.sql.SQLException;
import org.duckdb.DuckDBAppender;
import org.duckdb.DuckDBConnection;
import org.jspecify.annotations.Nullable;

/**
 * Rows for raw ids. The order is a function of the set of ids alone: as integers if every id is one
 * (without leading zeros), else by UTF-8 bytes. Ids of an earlier data set keep their rows, new
 * ones follow.
 */
final class Ranks {
  /** The rule in words, for the description. */
  static final String RULE =
      "rows 1.. by raw id: as integers if all are integers, else by UTF-8 bytes; 0 is padding and"
          + " unknown; ids of a continued data set keep their rows and new ids follow them";

  private final Duck duck;

  Ranks(Duck duck) {
    this.duck = duck;
  }

  /**
   * Makes the table {@code voc_<name>(id, row, n)}.
   *
   * @param from SQL of a table with the columns id (null is left out) and n, its count
   * @param previous rows that stay; null for none
   * @return the number of rows
   */
  int vocabulary(String name, String from, @Nullable VocabularyFile previous) throws SQLException {
    String kept = "kept_" + name;
    duck.execute("CREATE TABLE " + kept + " (id VARCHAR, row INTEGER)");
    int size = previous == null ? 0 : previous.size();
    if (previous != null) {
      append(kept, previous);
    }
    duck.execute(
        "CREATE TABLE voc_"
            + name
            + " AS SELECT coalesce(k.id, c.id) AS id, coalesce(k.row, "
            + size
            + " + CAST(row_number() OVER (PARTITION BY k.row IS NULL ORDER BY "
            + key("c.id", "(" + from + ") ids")
            + ") AS INTEGER)) AS row, coalesce(c.n, 0) AS n FROM (SELECT * FROM ("
            + from
            + ") WHERE id IS NOT NULL) c FULL JOIN "
            + kept
            + " k ON c.id = k.id");
    duck.execute("DROP TABLE " + kept);
    return Math.toIntExact(duck.number("SELECT count(*) FROM voc_" + name));
  }

  /** Makes the table {@code users(u, row)}, rows from 0. */
  int users() throws SQLException {
    String from = "SELECT DISTINCT u AS id FROM events";
    duck.execute(
        "CREATE TABLE users AS SELECT id AS u, CAST(row_number() OVER (ORDER BY "
            + key("id", "(" + from + ") ids")
            + ") - 1 AS INTEGER) AS row FROM ("
            + from
            + ")");
    return Math.toIntExact(duck.number("SELECT count(*) FROM users"));
  }

  /**
   * SQL to order raw ids by.
   *
   * @param from SQL of a table with the column id
   */
  String key(String id, String from) throws SQLException {
    long others =
        duck.number(
            "SELECT count(*) FROM "
                + from
                + " WHERE id IS NOT NULL AND NOT regexp_full_match(id, '0|-?[1-9][0-9]{0,17}')");
    return others == 0 ? "CAST(" + id + " AS BIGINT)" : id;
  }

  private void append(String table, VocabularyFile previous) throws SQLException {
    DuckDBConnection connection = duck.connection().unwrap(DuckDBConnection.class);
    try (DuckDBAppender appender = connection.createAppender("main", table)) {
      for (int row = 1; row <= previous.size(); row++) {
        appender.beginRow();
        appender.append(previous.id(row));
        appender.append(row);
        appender.endRow();
      }
    }
  }
}
