package io.genrec.data.ingest;

import io.genrec.data.DatasetInfo;
import java.util.List;

/**
 * A wanted column of a raw table.
 *
 * @param from its name in the raw files
 * @param sql its name in our tables
 * @param value SQL for its value, null where its text cannot be read
 * @param expected what its text must be, in words
 * @param mayBeEmpty whether an empty text is allowed (and gives null)
 */
record RawColumn(String from, String sql, String value, String expected, boolean mayBeEmpty) {

  static RawColumn id(String from, String sql) {
    return new RawColumn(from, sql, sql, "a raw id, not nothing", false);
  }

  static RawColumn text(String from, String sql) {
    return new RawColumn(from, sql, sql, "text", true);
  }

  static RawColumn number(String from, String sql, boolean mayBeEmpty) {
    String value = "TRY_CAST(" + sql + " AS FLOAT)";
    String finite = "CASE WHEN isfinite(" + value + ") THEN " + value + " END";
    return new RawColumn(from, sql, finite, "a finite number", mayBeEmpty);
  }

  static RawColumn integer(String from, String sql) {
    String value = matched(sql, "-?[0-9]{1,18}", "TRY_CAST(" + sql + " AS BIGINT)");
    return new RawColumn(from, sql, value, "an integer", false);
  }

  /** A column of 0 and 1. */
  static RawColumn flag(String from, String sql) {
    String value = matched(sql, "[01]", "CAST(" + sql + " AS INTEGER)");
    return new RawColumn(from, sql, value, "0 or 1", false);
  }

  /** A column of sums of 2^i over some names. */
  static RawColumn bits(String from, String sql, List<String> names) {
    String number = "TRY_CAST(" + sql + " AS INTEGER)";
    String known =
        "CASE WHEN " + number + " < " + (1L << names.size()) + " THEN " + number + " END";
    String value = matched(sql, "[0-9]{1,10}", known);
    return new RawColumn(
        from, sql, value, "a sum of 2^i over the actions " + String.join(", ", names), false);
  }

  /** A column of lists of ids, with or without brackets: {@code [17, 4]} or {@code 17 4}. */
  static RawColumn list(String from, String sql) {
    // The characters that part ids, or quote them.
    String value =
        "regexp_extract_all(coalesce(" + sql + ", ''), " + Duck.text("[^\\[\\]\\s,;|\"']+") + ")";
    return new RawColumn(from, sql, value, "a list of ids", true);
  }

  static RawColumn feature(DataMapping.Feature feature, String sql, boolean mayBeEmpty) {
    return feature.kind() == DatasetInfo.Kind.NUMERIC
        ? number(feature.from(), sql, mayBeEmpty)
        : text(feature.from(), sql);
  }

  /** A time in microseconds, so that events within one second keep their order. */
  static RawColumn time(String from, String sql, DataMapping.TimeUnit unit) {
    return switch (unit) {
      case S ->
          new RawColumn(
              from,
              sql,
              decimal(sql, 12, "DECIMAL(24, 6)", 1_000_000),
              "seconds as a number, as timeUnit says",
              false);
      case MS ->
          new RawColumn(
              from,
              sql,
              decimal(sql, 15, "DECIMAL(24, 3)", 1_000),
              "milliseconds as a number, as timeUnit says",
              false);
      case ISO ->
          new RawColumn(
              from,
              sql,
              "epoch_us(TRY_CAST(" + sql + " AS TIMESTAMPTZ))",
              "an ISO 8601 date or date-time, as timeUnit says",
              false);
    };
  }

  /**
   * A time as {@link #time}, but the last microsecond that its text may mean: of a whole second
   * that second's, of a date the day's. Only then is sure that what it tells has happened. Zeros at
   * the end of a fraction are taken for padding.
   */
  static RawColumn timeUntil(String from, String sql, DataMapping.TimeUnit unit) {
    RawColumn time = time(from, sql, unit);
    return new RawColumn(
        from, sql, time.value() + " + " + span(sql, unit) + " - 1", time.expected(), false);
  }

  /** SQL for the microseconds of the smallest unit that a time's text names. */
  private static String span(String sql, DataMapping.TimeUnit unit) {
    return switch (unit) {
      case S -> fraction(sql, 6);
      case MS -> fraction(sql, 3);
      case ISO ->
          "CASE WHEN regexp_matches("
              + sql
              + ", ':[0-9]{2}:[0-9]{2}') THEN "
              + fraction(sql, 6)
              + " WHEN contains("
              + sql
              + ", ':') THEN 60000000 ELSE 86400000000 END";
    };
  }

  /** 10 to the number of digits that a decimal fraction leaves out, of so many. */
  private static String fraction(String sql, int digits) {
    String written = "length(regexp_extract(" + sql + ", '\\.([0-9]*[1-9])', 1))";
    return "CAST(pow(10, greatest(0, " + digits + " - " + written + ")) AS BIGINT)";
  }

  private static String decimal(String sql, int digits, String type, int factor) {
    String number = "TRY_CAST(TRY_CAST(" + sql + " AS " + type + ") * " + factor + " AS BIGINT)";
    return matched(sql, "-?[0-9]{1," + digits + "}(\\.[0-9]{1,9})?", number);
  }

  private static String matched(String sql, String pattern, String value) {
    return "CASE WHEN regexp_full_match(" + sql + ", '" + pattern + "') THEN " + value + " END";
  }

  /** SQL for "the text cannot be read". */
  String bad() {
    return mayBeEmpty
        ? "(" + sql + " IS NOT NULL AND " + value + " IS NULL)"
        : "(" + value + ") IS NULL";
  }
}
