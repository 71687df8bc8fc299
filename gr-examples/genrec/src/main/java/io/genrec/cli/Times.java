package io.genrec.cli;

import io.genrec.api.GenRecException;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.time.format.DateTimeParseException;

/** Times as people write them. */
final class Times {
  private Times() {}

  /**
   * Seconds since 1970.
   *
   * @param where what error messages call the text
   * @param text seconds, a date, an instant such as {@code 2018-01-31T12:00:00Z}, or {@code now}
   */
  static long parse(String where, String text) {
    return parse(where, text, 0);
  }

  /**
   * Seconds since 1970, where a date is that of another place than Greenwich.
   *
   * @param utcOffset the seconds that its days begin before those of UTC
   */
  static long parse(String where, String text, long utcOffset) {
    try {
      if (text.equals("now")) {
        return Instant.now().getEpochSecond();
      } else if (text.matches("-?[0-9]{1,18}")) {
        return Long.parseLong(text);
      } else if (text.matches("[0-9]{4}-[0-9]{2}-[0-9]{2}")) {
        return LocalDate.parse(text).atStartOfDay(ZoneOffset.UTC).toEpochSecond() - utcOffset;
      }
      return Instant.parse(text).getEpochSecond();
    } catch (DateTimeParseException e) {
      throw new GenRecException(
          "InvalidValue",
          where
              + " is \""
              + text
              + "\"; expected seconds since 1970, a date such as 2018-01-31, a time such as"
              + " 2018-01-31T12:00:00Z, or \"now\"",
          e);
    }
  }

  /** An instant, if the seconds can be one. */
  static String show(long seconds) {
    return Instant.ofEpochSecond(seconds).toString().replace("T", " ").replace("Z", "");
  }
}
