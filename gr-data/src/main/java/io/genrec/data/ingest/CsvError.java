package io.genrec.data.ingest;

import java.util.List;
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
  private static final Pattern TEXT = Pattern.compile("Original Line: ?(.*)");

  static CsvError of(String message) {
    List<String> lines = message.lines().toList();
    Matcher line = LINE.matcher(message);
    if (!line.find()) {
      return new CsvError("", Duck.firstLine(message));
    }
    for (int i = 0; i + 1 < lines.size(); i++) {
      Matcher text = TEXT.matcher(lines.get(i));
      if (text.matches()) {
        String row = text.group(1);
        String shown = row.length() > 200 ? row.substring(0, 200) + "..." : row;
        return new CsvError(" line " + line.group(1), "\"" + shown + "\": " + lines.get(i + 1));
      }
    }
    return new CsvError(" line " + line.group(1), Duck.firstLine(message));
  }
}
