package io.genrec.api;

import java.util.Collection;
import java.util.Comparator;
import java.util.Locale;
import java.util.Optional;
import org.apiguardian.api.API;
import org.jspecify.annotations.Nullable;

/**
 * The one exception that GenRec throws for bad input, bad configuration and broken files.
 *
 * <p>The message begins with a stable id in brackets, then says what was wrong, where, what was
 * expected and what to do: {@code [GR/UnknownEncoder] unknown encoder "hsut" at /encoder/name;
 * known: hstu, sasrec; did you mean "hstu"?}
 */
@API(status = API.Status.STABLE, since = "0.1")
public final class GenRecException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private final String id;

  /**
   * An error without a cause.
   *
   * @param id the stable id without brackets and prefix, for example {@code UnknownEncoder}
   * @param message what was wrong, where, what was expected, what to do
   */
  public GenRecException(String id, String message) {
    this(id, message, null);
  }

  /**
   * An error with a cause.
   *
   * @param id the stable id without brackets and prefix, for example {@code UnknownEncoder}
   * @param message what was wrong, where, what was expected, what to do
   * @param cause what the JVM or a library reported
   */
  public GenRecException(String id, String message, @Nullable Throwable cause) {
    super("[GR/" + id + "] " + message, cause);
    this.id = id;
  }

  /** The stable id, for example {@code UnknownEncoder}. */
  public String id() {
    return id;
  }

  /**
   * The end of a message about an unknown name: the known names, and the nearest one if it is near.
   *
   * @param unknown the name that was given
   * @param known the names that exist
   * @return for example {@code known: hstu, sasrec; did you mean "hstu"?}
   */
  public static String knownNames(String unknown, Collection<String> known) {
    String list = "known: " + String.join(", ", known.stream().sorted().toList());
    return nearest(unknown, known)
        .map(name -> list + "; did you mean \"" + name + "\"?")
        .orElse(list);
  }

  /**
   * The known name nearest to an unknown one, if at most a third of its letters (and at least one)
   * differ.
   *
   * @param unknown the name that was given
   * @param known the names that exist
   */
  public static Optional<String> nearest(String unknown, Collection<String> known) {
    return known.stream()
        .min(
            Comparator.<String>comparingInt(name -> editDistance(unknown, name))
                .thenComparing(Comparator.naturalOrder()))
        .filter(
            name ->
                editDistance(unknown, name)
                    <= Math.max(1, Math.max(unknown.length(), name.length()) / 3));
  }

  /** Edits (insert, delete, replace, swap of neighbours) between two names, ignoring case. */
  private static int editDistance(String a, String b) {
    String s = a.toLowerCase(Locale.ROOT);
    String t = b.toLowerCase(Locale.ROOT);
    int[][] d = new int[s.length() + 1][t.length() + 1];
    for (int i = 0; i <= s.length(); i++) {
      for (int j = 0; j <= t.length(); j++) {
        if (i == 0 || j == 0) {
          d[i][j] = i + j;
          continue;
        }
        int replace = d[i - 1][j - 1] + (s.charAt(i - 1) == t.charAt(j - 1) ? 0 : 1);
        d[i][j] = Math.min(replace, Math.min(d[i - 1][j], d[i][j - 1]) + 1);
        boolean swapped =
            i > 1
                && j > 1
                && s.charAt(i - 1) == t.charAt(j - 2)
                && s.charAt(i - 2) == t.charAt(j - 1);
        if (swapped) {
          d[i][j] = Math.min(d[i][j], d[i - 2][j - 2] + 1);
        }
      }
    }
    return d[s.length()][t.length()];
  }
}
