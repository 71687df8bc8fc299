package io.genrec.engine.optimizer;

import io.genrec.api.GenRecException;
import io.genrec.api.graph.Parameter;
import io.genrec.api.graph.Parameter.Kind;
import java.util.Collection;
import java.util.List;
import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;
import org.apiguardian.api.API;
import org.jspecify.annotations.Nullable;

/**
 * Some parameters of a model: by name, by kind, or both.
 *
 * @param pattern which names: a glob in which {@code *} is any text without {@code /}, {@code **}
 *     any text and {@code ?} one letter; or {@code regex:} and a regular expression of the whole
 *     name; absent for all names
 * @param kind {@code dense} or {@code embedding}; absent for both
 */
@API(status = API.Status.STABLE, since = "0.1")
public record ParameterPattern(@Nullable String pattern, @Nullable Kind kind) {
  private static final String REGEX = "regex:";

  /** Checks the pattern. */
  public ParameterPattern {
    if (pattern == null && kind == null) {
      throw new IllegalArgumentException(
          "parameters are chosen by a pattern of names, a kind, or both");
    }
    if (pattern != null) {
      compile(pattern);
    }
  }

  /** All of a kind. */
  public static ParameterPattern of(Kind kind) {
    return new ParameterPattern(null, kind);
  }

  /** All of some names. */
  public static ParameterPattern of(String pattern) {
    return new ParameterPattern(pattern, null);
  }

  /** Whether a parameter has the name and the kind. */
  public boolean matches(Parameter parameter) {
    return (kind == null || kind == parameter.kind())
        && (pattern == null || compile(pattern).matcher(parameter.name()).matches());
  }

  /** The pattern in words, for example {@code pattern "items/*", kind EMBEDDING}. */
  @Override
  public String toString() {
    return (pattern == null ? "" : "pattern \"" + pattern + "\"")
        + (pattern != null && kind != null ? ", " : "")
        + (kind == null ? "" : "kind " + kind);
  }

  /**
   * Refuses a pattern that matches none of some parameters.
   *
   * @throws GenRecException {@code [GR/PatternMatchesNothing]}
   */
  public void requireMatch(String purpose, Collection<Parameter> parameters) {
    if (parameters.stream().noneMatch(this::matches)) {
      List<String> names = parameters.stream().map(Parameter::name).toList();
      throw new GenRecException(
          "PatternMatchesNothing",
          purpose
              + " ("
              + this
              + ") matches no parameter; "
              + GenRecException.knownNames(pattern == null ? "" : pattern, names));
    }
  }

  private static Pattern compile(String pattern) {
    if (pattern.startsWith(REGEX)) {
      try {
        return Pattern.compile(pattern.substring(REGEX.length()));
      } catch (PatternSyntaxException e) {
        throw new IllegalArgumentException(
            "pattern is no regular expression: " + e.getDescription() + " at " + e.getIndex(), e);
      }
    }
    StringBuilder regex = new StringBuilder();
    for (int i = 0; i < pattern.length(); i++) {
      char c = pattern.charAt(i);
      if (c == '*' && pattern.startsWith("**", i)) {
        regex.append(".*");
        i++;
      } else if (c == '*') {
        regex.append("[^/]*");
      } else if (c == '?') {
        regex.append("[^/]");
      } else {
        regex.append(Pattern.quote(String.valueOf(c)));
      }
    }
    return Pattern.compile(regex.toString());
  }
}
