package io.genrec.data.ingest;

import io.genrec.api.GenRecException;
import java.io.EOFException;
import java.io.IOException;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.zip.ZipException;

/** The SQL that reads wanted columns of a raw file, all as text, in the file's order. */
final class Scan {
  /** A line of JSON cannot hold this character, so it makes one column of each line. */
  private static final String NEVER_IN_JSON = "\u0001";

  private final Duck duck;
  private final RawFile file;
  private final DataMapping.Source source;
  private final Format format;

  Scan(Duck duck, RawFile file, DataMapping.Source source) {
    this.duck = duck;
    this.file = file;
    this.source = source;
    this.format = Format.of(source.format());
  }

  /**
   * The query.
   *
   * @throws GenRecException {@code MissingColumn}, {@code UnparsableRow}
   */
  String select(List<String> columns) throws SQLException, IOException {
    List<String> values =
        switch (format) {
          case PARQUET -> parquet(columns);
          case JSONL -> json(columns);
          default -> delimited(columns);
        };
    String where = format == Format.JSONL ? " WHERE line IS NOT NULL" : "";
    return "SELECT " + String.join(", ", values) + " FROM " + reader() + where;
  }

  /** Whether the file's first record is a header. */
  boolean hasHeader() {
    return format.delimited() && source.columns() == null;
  }

  private List<String> delimited(List<String> columns) throws IOException {
    List<String> known = known();
    return columns.stream().map(column -> "c" + indexOf(column, known)).toList();
  }

  private List<String> parquet(List<String> columns) throws SQLException, IOException {
    List<String> known = duck.texts("SELECT column_name FROM (DESCRIBE FROM " + reader() + ")");
    List<String> values = new ArrayList<>();
    for (String column : columns) {
      indexOf(column, known);
      values.add("CAST(" + Duck.name(column) + " AS VARCHAR)");
    }
    return values;
  }

  private List<String> json(List<String> columns) throws SQLException, IOException {
    String lines =
        "(SELECT row_number() OVER () - 1 AS record, line FROM "
            + reader()
            + " WHERE line IS NOT NULL)";
    String bad = "FROM " + lines + " WHERE NOT json_valid(line) OR json_type(line) <> 'OBJECT'";
    if (duck.number("SELECT count(*) " + bad) > 0) {
      long record = duck.number("SELECT min(record) " + bad);
      String line = duck.texts("SELECT line FROM " + lines + " WHERE record = " + record).get(0);
      throw unparsable(TextLines.line(file, record, null), line, "a JSON object");
    }
    List<String> known =
        duck.texts(
            "SELECT DISTINCT unnest(json_keys(line)) AS key FROM " + lines + " ORDER BY key");
    List<String> values = new ArrayList<>();
    for (String column : columns) {
      indexOf(column, known);
      String pointer = "/" + column.replace("~", "~0").replace("/", "~1");
      values.add("json_extract_string(line, " + Duck.text(pointer) + ")");
    }
    return values;
  }

  private List<String> known() throws IOException {
    List<String> given = source.columns();
    try {
      return given == null ? TextLines.header(file, source) : given;
    } catch (EOFException | ZipException e) {
      throw new GenRecException(
          "UnparsableRow", file.name() + " line 1: the gzipped file is cut or damaged", e);
    }
  }

  private int indexOf(String column, List<String> known) {
    int index = known.indexOf(column);
    if (index < 0) {
      throw new GenRecException(
          "MissingColumn",
          "raw file "
              + file.name()
              + " has no column \""
              + column
              + "\"; "
              + (known.isEmpty()
                  ? "it has no columns at all"
                  : GenRecException.knownNames(column, known)));
    }
    if (known.lastIndexOf(column) != index) {
      throw new GenRecException(
          "MissingColumn", "raw file " + file.name() + " has two columns \"" + column + "\"");
    }
    return index;
  }

  private String reader() throws IOException {
    // DuckDB takes these characters in file names for patterns.
    String path = file.path().toString().replaceAll("([\\[*?])", "[$1]");
    if (format == Format.PARQUET) {
      return "read_parquet(" + Duck.text(path) + ")";
    }
    String options =
        format == Format.JSONL
            ? options(false, NEVER_IN_JSON, "", "'line': 'VARCHAR'")
            : options(hasHeader(), format.delimiter(), format.quote(), columnTypes());
    return "read_csv(" + Duck.text(path) + ", " + options + ")";
  }

  private String options(boolean header, String delimiter, String quote, String columns) {
    return "auto_detect = false, header = "
        + header
        + ", delim = "
        + Duck.text(delimiter)
        + ", quote = "
        + Duck.text(quote)
        + ", escape = "
        + Duck.text(quote)
        + ", encoding = "
        + Duck.text(source.encoding())
        + ", compression = "
        + (file.gzip() ? "'gzip'" : "'none'")
        + ", columns = {"
        + columns
        + "}";
  }

  private String columnTypes() throws IOException {
    List<String> types = new ArrayList<>();
    int columns = known().size();
    for (int i = 0; i < columns; i++) {
      types.add("'c" + i + "': 'VARCHAR'");
    }
    return String.join(", ", types);
  }

  GenRecException unparsable(long line, String value, String expected) {
    return new GenRecException(
        "UnparsableRow",
        file.name()
            + (format == Format.PARQUET ? " row " : " line ")
            + line
            + ": \""
            + (value.length() > 200 ? value.substring(0, 200) + "..." : value)
            + "\"; expected "
            + expected);
  }

  /** What DuckDB reported while it read the file, with line and reason where it gives them. */
  GenRecException unreadable(SQLException e) {
    String message = String.valueOf(e.getMessage());
    if (message.startsWith("Out of Memory")) {
      return Duck.failed(e);
    }
    CsvError error = CsvError.of(message);
    return new GenRecException(
        "UnparsableRow",
        file.name()
            + error.place()
            + ": "
            + error.reason()
            + "; expected "
            + source.format()
            + " in "
            + source.encoding()
            + " with the same columns in every row",
        e);
  }
}
