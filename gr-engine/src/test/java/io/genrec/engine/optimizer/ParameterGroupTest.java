package io.genrec.engine.optimizer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.genrec.api.GenRecException;
import io.genrec.api.graph.Initializer;
import io.genrec.api.graph.Parameter;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class ParameterGroupTest {
  private final Parameter items = Parameter.embedding("items/table", Initializer.zeros(), 4, 2);
  private final Parameter bias = Parameter.dense("hstu/layer0/bias", Initializer.zeros(), 2);
  private final Parameter weight = Parameter.dense("hstu/layer0/w+u", Initializer.zeros(), 2);

  private static ParameterGroup pattern(String pattern) {
    return new ParameterGroup(pattern, null, false, 1, null);
  }

  @Test
  void matchesGlobs() {
    assertThat(pattern("hstu/layer0/bias").matches(bias)).isTrue();
    assertThat(pattern("hstu/*/bias").matches(bias)).isTrue();
    assertThat(pattern("hstu/layer?/*").matches(bias)).isTrue();
    assertThat(pattern("**bias").matches(bias)).isTrue();
    assertThat(pattern("hstu/**").matches(bias)).isTrue();
    assertThat(pattern("*/w+u").matches(weight)).isFalse();
    assertThat(pattern("**/w+u").matches(weight)).isTrue();
    assertThat(pattern("hstu").matches(bias)).isFalse();
  }

  @Test
  void matchesRegularExpressionsAndKinds() {
    assertThat(pattern("regex:.*layer[0-9]+/(bias|scale)").matches(bias)).isTrue();
    assertThat(pattern("regex:layer0").matches(bias)).isFalse();
    assertThat(new ParameterGroup(null, Parameter.Kind.EMBEDDING, false, 1, null).matches(items))
        .isTrue();
    assertThat(
            new ParameterGroup("hstu/**", Parameter.Kind.EMBEDDING, false, 1, null).matches(bias))
        .isFalse();
  }

  @Test
  void givesAParameterToTheFirstGroupThatMatches() {
    Map<Parameter, ParameterGroup.Training> trainings =
        ParameterGroup.resolve(
            List.of(items, bias, weight),
            List.of(
                new ParameterGroup("**bias", null, false, 1, 0.0),
                new ParameterGroup(null, Parameter.Kind.DENSE, false, 0.5, null),
                ParameterGroup.freeze("items/**")),
            0.1);
    assertThat(trainings)
        .containsEntry(items, new ParameterGroup.Training(true, 1, 0.1))
        .containsEntry(bias, new ParameterGroup.Training(false, 1, 0))
        .containsEntry(weight, new ParameterGroup.Training(false, 0.5, 0.1));
  }

  @Test
  void refusesAPatternThatMatchesNothing() {
    assertThatThrownBy(
            () ->
                ParameterGroup.resolve(
                    List.of(items, bias), List.of(ParameterGroup.freeze("item/table")), 0))
        .isInstanceOfSatisfying(
            GenRecException.class, e -> assertThat(e.id()).isEqualTo("PatternMatchesNothing"))
        .hasMessageContaining("group 0")
        .hasMessageContaining("did you mean \"items/table\"?");
  }

  @Test
  void refusesAGroupWhoseParametersEarlierOnesHaveTaken() {
    assertThatThrownBy(
            () ->
                ParameterGroup.resolve(
                    List.of(items, bias),
                    List.of(pattern("**"), ParameterGroup.freeze("items/table")),
                    0))
        .isInstanceOfSatisfying(
            GenRecException.class, e -> assertThat(e.id()).isEqualTo("PatternMatchesNothing"))
        .hasMessageContaining("group 1")
        .hasMessageContaining("earlier groups");
  }
}
