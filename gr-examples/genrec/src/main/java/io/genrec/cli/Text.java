package io.genrec.cli;

import java.util.Locale;

/** Numbers as people read them. */
final class Text {
  private static final double KIB = 1024;
  private static final int MINUTE = 60;

  private Text() {}

  /** Four decimals without the zero before the point, as tables of metrics are printed. */
  static String metric(double value) {
    String text = String.format(Locale.ROOT, "%.4f", value);
    return text.startsWith("0.") ? text.substring(1) : text;
  }

  /** The same with a sign, for differences. */
  static String signed(double value) {
    return (value < 0 ? "-" : "+") + metric(Math.abs(value));
  }

  static String bytes(long bytes) {
    double mib = bytes / KIB / KIB;
    return mib < KIB
        ? String.format(Locale.ROOT, "%.0f MiB", mib)
        : String.format(Locale.ROOT, "%.1f GiB", mib / KIB);
  }

  static String seconds(double seconds) {
    return seconds < 2 * MINUTE
        ? String.format(Locale.ROOT, "%.1f s", seconds)
        : String.format(Locale.ROOT, "%.1f min", seconds / MINUTE);
  }
}
