package io.genrec.engine.optimizer;

import io.genrec.api.GenRecException;
import io.genrec.api.config.Default;
import io.genrec.api.graph.Parameter;
import io.genrec.api.graph.Parameter.Kind;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.apiguardian.api.API;
import org.jspecify.annotations.Nullable;

/**
 * Parameters that are trained differently: frozen, or with a rate or weight decay of their own.
 *
 * <p>In JSON: {@code {"pattern": "items/**", "frozen": true}}. A parameter belongs to the first of
 * several groups that matches it; one that none matches is trained as the optimizer says.
 *
 * @param pattern which names: a glob in which {@code *} is any text without {@code /}, {@code **}
 *     any text and {@code ?} one letter; or {@code regex:} and a regular expression of the whole
 *     name; absent for all names
 * @param kind {@code dense} or {@code embedding}; absent for both
 * @param frozen whether the parameters stay as they are, bit by bit
 * @param rateFactor by what their rate is multiplied
 * @param weightDecay their weight decay, absent for the optimizer's
 */
@API(status = API.Status.STABLE, since = "0.1")
public record ParameterGroup(
    @Nullable String pattern,
    @Nullable Kind kind,
    @Default("false") boolean frozen,
    @Default("1") double rateFactor,
    @Nullable Double weightDecay) {
  /** Checks the ranges and the pattern. */
  public ParameterGroup {
    if (pattern == null && kind == null) {
      throw new IllegalArgumentException(
          "a parameter group needs a pattern of names, a kind, or both");
    }
    if (pattern != null) {
      ParameterPattern.of(pattern);
    }
    if (!(rateFactor >= 0 && Double.isFinite(rateFactor))) {
      throw new IllegalArgumentException("rateFactor must be at least 0 and finite");
    }
    if (weightDecay != null && !(weightDecay >= 0 && Double.isFinite(weightDecay))) {
      throw new IllegalArgumentException("weightDecay must be at least 0 and finite");
    }
  }

  /** A group of names that stay as they are. */
  public static ParameterGroup freeze(String pattern) {
    return freeze(ParameterPattern.of(pattern));
  }

  /** A group of parameters that stay as they are. */
  public static ParameterGroup freeze(ParameterPattern frozen) {
    return new ParameterGroup(frozen.pattern(), frozen.kind(), true, 1, null);
  }

  /** Whether a parameter has the name and the kind, whatever other groups say. */
  public boolean matches(Parameter parameter) {
    return chosen().matches(parameter);
  }

  private ParameterPattern chosen() {
    return new ParameterPattern(pattern, kind);
  }

  /** How one parameter is trained. */
  record Training(boolean frozen, double rateFactor, double weightDecay) {}

  /** How each parameter is trained, in the parameters' order. */
  static Map<Parameter, Training> resolve(
      Collection<Parameter> parameters, List<ParameterGroup> groups, double weightDecay) {
    int[] members = new int[groups.size()];
    Map<Parameter, Training> trainings = new LinkedHashMap<>();
    for (Parameter parameter : parameters) {
      Training training = new Training(false, 1, weightDecay);
      for (int i = 0; i < members.length; i++) {
        if (groups.get(i).matches(parameter)) {
          training = groups.get(i).training(weightDecay);
          members[i]++;
          break;
        }
      }
      trainings.put(parameter, training);
    }
    for (int i = 0; i < members.length; i++) {
      if (members[i] == 0) {
        throw groups.get(i).matchesNothing(i, parameters);
      }
    }
    return trainings;
  }

  private Training training(double standardDecay) {
    return new Training(frozen, rateFactor, weightDecay == null ? standardDecay : weightDecay);
  }

  private GenRecException matchesNothing(int index, Collection<Parameter> parameters) {
    String group = "parameter group " + index;
    chosen().requireMatch(group, parameters);
    return new GenRecException(
        "PatternMatchesNothing",
        group
            + " ("
            + chosen()
            + ") matches only parameters that earlier groups have taken; move it before them or"
            + " remove it");
  }
}
