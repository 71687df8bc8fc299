package io.genrec.data.ingest;

import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * DuckDB's report of a row that it cannot read.
 *
 * @param place where, such as {@code " line 7"}; empty if it does not say
 * @param reason what is wrong, with the row's text
 */
record CsvError(String place, String reason) {
  private static final Pattern LINE = Pattern.compile("CSV Error on Line: (\\d+)");

  /** The row, which may have several lines, and the reason in the line before the advice. */
  private static final Pattern TEXT =
      Pattern.compile("Original Line: (.*?)\\n([^\\n]+)\\n+Possible ", Pattern.DOTALL);

  private static final int SHOWN = 200;

  static CsvError of(String message) {
    Matcher line = LINE.matcher(message);
    Matcher text = TEXT.matcher(message);
    if (!line.find()) {
      return new CsvError("", Duck.firstLine(message));
    }
    String place = " line " + line.group(1);
    if (!text.find()) {
      return new CsvError(place, Duck.firstLine(message));
    }
    String row = text.group(1).strip();
    String shown = row.length() > SHOWN ? row.substring(0, SHOWN) + "..." : row;
    return new CsvError(place, "\"" + shown + "\": " + text.group(2));
  }
}
