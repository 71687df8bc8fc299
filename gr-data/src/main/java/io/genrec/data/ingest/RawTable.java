package io.genrec.data.ingest;

import io.genrec.api.GenRecException;
import java.io.IOException;
import java.sql.SQLException;
import java.util.List;
import java.util.stream.Collectors;

/**
 * The wanted columns of a source's files as text, in DuckDB: {@code rowid} counts the rows in the
 * order of the files and of the rows in them.
 */
final class RawTable {
  private final Duck duck;
  private final String table;
  private final DataMapping.Source source;
  private final List<RawFile> files;
  private final List<RawColumn> columns;
  private final long[] firstRow;

  RawTable(
      Duck duck,
      String table,
      DataMapping.Source source,
      List<RawFile> files,
      List<RawColumn> columns) {
    this.duck = duck;
    this.table = table;
    this.source = source;
    this.files = files;
    this.columns = columns;
    this.firstRow = new long[files.size()];
  }

  /** Reads one file. */
  void load(int file) throws SQLException, IOException {
    if (file == 0) {
      String types =
          columns.stream().map(c -> c.sql() + " VARCHAR").collect(Collectors.joining(", "));
      duck.execute("CREATE TABLE " + table + " (" + types + ")");
    }
    firstRow[file] = duck.number("SELECT count(*) FROM " + table);
    Scan scan = new Scan(duck, files.get(file), source);
    try {
      String select = scan.select(columns.stream().map(RawColumn::from).toList());
      duck.execute("INSERT INTO " + table + " " + select);
    } catch (SQLException e) {
      throw scan.unreadable(e);
    }
  }

  /**
   * Refuses the first row with a text that cannot be read.
   *
   * @throws GenRecException {@code UnparsableRow}
   */
  void check() throws SQLException, IOException {
    long first = Long.MAX_VALUE;
    int at = 0;
    for (int c = 0; c < columns.size(); c++) {
      String bad = " FROM " + table + " WHERE " + columns.get(c).bad();
      long row = duck.number("SELECT coalesce(min(rowid), " + Long.MAX_VALUE + ")" + bad);
      if (row < first) {
        first = row;
        at = c;
      }
    }
    if (first < Long.MAX_VALUE) {
      RawColumn column = columns.get(at);
      String value =
          duck.texts(
                  "SELECT coalesce("
                      + column.sql()
                      + ", '') FROM "
                      + table
                      + " WHERE rowid = "
                      + first)
              .get(0);
      String expected = column.expected() + ", in column \"" + column.from() + "\"";
      int file = fileOf(first);
      Scan scan = new Scan(duck, files.get(file), source);
      throw scan.unparsable(lineOf(first), value, expected);
    }
  }

  /** Where a row stands, such as {@code ratings.csv line 7}. */
  String place(long row) throws IOException {
    String unit = Format.of(source.format()) == Format.PARQUET ? " row " : " line ";
    return files.get(fileOf(row)).name() + unit + lineOf(row);
  }

  private int fileOf(long row) {
    int file = 0;
    while (file + 1 < firstRow.length && firstRow[file + 1] <= row) {
      file++;
    }
    return file;
  }

  private long lineOf(long row) throws IOException {
    int file = fileOf(row);
    long record = row - firstRow[file];
    Format format = Format.of(source.format());
    if (format == Format.PARQUET) {
      return record + 1;
    }
    boolean header = new Scan(duck, files.get(file), source).hasHeader();
    Character quote = format.quote().isEmpty() ? null : format.quote().charAt(0);
    return TextLines.line(files.get(file), record + (header ? 1 : 0), quote);
  }

  int files() {
    return files.size();
  }

  String file(int index) {
    return files.get(index).name();
  }
}
