package io.genrec.data.ingest;

import io.genrec.api.GenRecException;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Properties;
import org.duckdb.DuckDBDriver;

/** An in-memory DuckDB of bounded memory: what does not fit goes to a work folder. */
final class Duck implements AutoCloseable {
  private final Connection connection;

  private Duck(Connection connection) {
    this.connection = connection;
  }

  static Duck open(long memoryMiB, int threads, Path work) throws SQLException {
    Connection connection;
    try {
      connection = new DuckDBDriver().connect("jdbc:duckdb:", new Properties());
    } catch (NoClassDefFoundError e) {
      throw new GenRecException(
          "MissingLibrary", "ingestion needs org.duckdb:duckdb_jdbc on the class path", e);
    }
    Duck duck = new Duck(connection);
    try {
      duck.execute("SET memory_limit = '" + memoryMiB + "MiB'");
      duck.execute("SET threads = " + threads);
      duck.execute("SET temp_directory = " + text(work.toAbsolutePath().toString()));
      duck.execute("SET preserve_insertion_order = true");
      duck.execute("SET autoinstall_known_extensions = false");
      duck.execute("SET TimeZone = 'UTC'");
      return duck;
    } catch (SQLException e) {
      duck.close();
      throw e;
    }
  }

  void execute(String sql) throws SQLException {
    try (Statement statement = connection.createStatement()) {
      statement.execute(sql);
    }
  }

  /** The one number that a query gives. */
  long number(String sql) throws SQLException {
    try (Statement statement = connection.createStatement();
        ResultSet result = statement.executeQuery(sql)) {
      result.next();
      return result.getLong(1);
    }
  }

  /** The first column of a query's rows as text. */
  List<String> texts(String sql) throws SQLException {
    List<String> texts = new ArrayList<>();
    query(
        sql,
        result -> {
          while (result.next()) {
            texts.add(String.valueOf(result.getString(1)));
          }
        });
    return texts;
  }

  void query(String sql, Reader reader) throws SQLException {
    try (Statement statement = connection.createStatement();
        ResultSet result = statement.executeQuery(sql)) {
      reader.read(result);
    }
  }

  /** Reads a query's rows. */
  interface Reader {
    void read(ResultSet result) throws SQLException;
  }

  Connection connection() {
    return connection;
  }

  /** A text as an SQL literal. */
  static String text(String value) {
    return "'" + value.replace("'", "''") + "'";
  }

  /** A name as an SQL identifier. */
  static String name(String value) {
    return '"' + value.replace("\"", "\"\"") + '"';
  }

  /** What DuckDB reported outside of reading raw files. */
  static GenRecException failed(SQLException e) {
    String message = String.valueOf(e.getMessage());
    if (message.startsWith("Out of Memory")) {
      return new GenRecException(
          "OutOfMemory",
          "ingestion does not fit its memory limit: " + firstLine(message) + "; give it more",
          e);
    }
    return new GenRecException("IngestFailed", "DuckDB failed: " + firstLine(message), e);
  }

  static String firstLine(String message) {
    return message.lines().findFirst().orElse("no reason given");
  }

  @Override
  public void close() throws SQLException {
    connection.close();
  }
}
