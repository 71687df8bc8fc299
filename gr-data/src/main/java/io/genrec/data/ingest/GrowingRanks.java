package io.genrec.data.ingest;

import io.genrec.api.GenRecException;
import io.genrec.api.storage.VocabularyFile;
import io.genrec.data.DatasetInfo;
import io.genrec.data.ingest.DataMapping.Growth.Evict;
import java.sql.SQLException;
import java.util.List;
import org.duckdb.DuckDBAppender;
import org.duckdb.DuckDBConnection;
import org.jspecify.annotations.Nullable;

/**
 * Rows for items where a mapping says how their vocabulary grows: an item gets a row with the event
 * that is enough, and keeps it until the limit is reached and it is its turn to give it to a new
 * one.
 */
final class GrowingRanks {
  /** What a growing vocabulary holds of an item beside its id and count. */
  static final List<String> NUMBERS = List.of(VocabularyFile.TOTAL, VocabularyFile.LAST);

  /** SQL of the items without a row: id, count, numbers. */
  static final String WAITING =
      "SELECT id, n, total, last FROM ids WHERE row IS NULL"
          + " AND id NOT IN (SELECT id FROM admitted) ORDER BY id";

  private static final String NEVER = "CAST('" + VocabularyFile.ABSENT + "' AS BIGINT)";

  private final Duck duck;
  private final Ranks ranks;
  private final DataMapping.Growth rule;

  GrowingRanks(Duck duck, Ranks ranks, DataMapping.Growth rule) {
    this.duck = duck;
    this.ranks = ranks;
    this.rule = rule;
  }

  /** Whether it is known of a vocabulary's items how many events all earlier logs had. */
  static boolean counted(VocabularyFile items) {
    return items.size() > 0
        && items.number(VocabularyFile.TOTAL, items.size()) != VocabularyFile.ABSENT;
  }

  /**
   * Makes the table {@code voc_item(id, row, n, total, last)}.
   *
   * @param kept the rows so far; null for none
   * @param waiting items that were counted but have no row; null for none
   * @throws GenRecException {@code VocabularyLimit}
   */
  DatasetInfo.Growth items(@Nullable VocabularyFile kept, @Nullable VocabularyFile waiting)
      throws SQLException {
    duck.execute("CREATE TABLE known (id VARCHAR, row INTEGER, total BIGINT, last BIGINT)");
    append(kept, true);
    append(waiting, false);
    duck.execute(
        "CREATE TABLE ids AS SELECT coalesce(k.id, c.id) AS id, k.row, coalesce(c.n, 0) AS n,"
            + " coalesce(k.total, 0) + coalesce(c.n, 0) AS total,"
            + " greatest(coalesce(k.last, "
            + NEVER
            + "), coalesce(c.last, "
            + NEVER
            + ")) AS last FROM (SELECT i AS id, count(*) AS n,"
            + " CAST(floor(max(t) / 1000000) AS BIGINT) AS last FROM events GROUP BY i) c"
            + " FULL JOIN known k ON c.id = k.id");
    String enough = "ids WHERE row IS NULL AND n > 0 AND total >= " + rule.admit();
    duck.execute(
        "CREATE TABLE admitted AS SELECT id, CAST(row_number() OVER (ORDER BY "
            + ranks.key("id", "(SELECT id FROM " + enough + ") ids")
            + ") AS INTEGER) AS place FROM "
            + enough);
    int size = kept == null ? 0 : kept.size();
    int added = Math.toIntExact(duck.number("SELECT count(*) FROM admitted"));
    int freed = free(size, added);
    duck.execute(
        "CREATE TABLE voc_item AS SELECT id, row, n, total, last FROM ids WHERE row IS NOT NULL"
            + " AND row NOT IN (SELECT row FROM freed) UNION ALL SELECT id,"
            + " coalesce(freed.row, "
            + (size - freed)
            + " + admitted.place), n, total, last FROM admitted JOIN ids USING (id)"
            + " LEFT JOIN freed USING (place)");
    int left = Math.toIntExact(duck.number("SELECT count(*) FROM (" + WAITING + ")"));
    return new DatasetInfo.Growth(size - freed, added, freed, left);
  }

  private void append(@Nullable VocabularyFile vocabulary, boolean rows) throws SQLException {
    if (vocabulary == null) {
      return;
    }
    DuckDBConnection connection = duck.connection().unwrap(DuckDBConnection.class);
    try (DuckDBAppender appender = connection.createAppender("main", "known")) {
      for (int row = 1; row <= vocabulary.size(); row++) {
        long total = vocabulary.number(VocabularyFile.TOTAL, row);
        appender.beginRow();
        appender.append(vocabulary.id(row));
        if (rows) {
          appender.append(row);
        } else {
          appender.appendNull();
        }
        // Of a vocabulary that was not made to grow only the count is known.
        appender.append(total == VocabularyFile.ABSENT ? vocabulary.count(row) : total);
        appender.append(vocabulary.number(VocabularyFile.LAST, row));
        appender.endRow();
      }
    }
  }

  /** Makes the table {@code freed(row, place)} of rows for new items; gives their number. */
  private int free(int size, int added) throws SQLException {
    Integer limit = rule.limit();
    long over = limit == null ? 0 : Math.max(0, (long) size + added - limit);
    String order = rule.evict() == Evict.RAREST ? "total, last" : "last, total";
    String idle = rule.evict() == Evict.NEVER ? "false" : "row IS NOT NULL AND n = 0";
    // No more rows than there are new items for them, so that none is left without an item.
    duck.execute(
        "CREATE TABLE freed AS SELECT row, CAST(row_number() OVER (ORDER BY row) AS INTEGER) AS"
            + " place FROM (SELECT row FROM ids WHERE "
            + idle
            + " ORDER BY "
            + order
            + ", row LIMIT "
            + Math.min(over, added)
            + ")");
    int freed = Math.toIntExact(duck.number("SELECT count(*) FROM freed"));
    if (freed < over) {
      throw new GenRecException(
          "VocabularyLimit",
          "the vocabulary of items would have "
              + (size + added - freed)
              + " rows, over its limit of "
              + limit
              + ": "
              + size
              + " kept, "
              + added
              + " new, "
              + freed
              + " that may be reused (evict is "
              + rule.evict().name().toLowerCase(java.util.Locale.ROOT)
              + ", and no item with events in this log gives its row away); raise limit or admit,"
              + " or set evict to oldest or rarest");
    }
    return freed;
  }
}
