package io.genrec.testkit;

import java.util.Locale;

/** How configurations name what is wrong with a part. */
final class Faults {
  private Faults() {}

  /** The option {@code "fault"} as a member of a JSON object. */
  static String option(Enum<?> fault) {
    return "\"fault\": \"" + fault.name().toLowerCase(Locale.ROOT).replace('_', '-') + "\"";
  }
}
