package io.genrec.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.genrec.api.GenRecException;
import io.genrec.api.config.StrictConfig;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class TuningTest {
  private static final String GRID =
      "{\"rate\": [0.001, 0.002, 0.004], \"depth\": [1, 2], \"drop\": [0, 0.5]}";

  private static Tuning tuning(int trials, long seed, String grid) {
    return StrictConfig.parse(
            "test", "{\"trials\": %d, \"seed\": %d, \"grid\": %s}".formatted(trials, seed, grid))
        .as(Tuning.class);
  }

  private static Tuning.Knob knob(String axis, String path, String values) {
    return StrictConfig.parse(
            "test",
            "{\"axis\": \"%s\", \"path\": \"%s\", \"values\": %s}".formatted(axis, path, values))
        .as(Tuning.Knob.class);
  }

  @Test
  void pointsFollowFromTheSeedAndNotFromTheirOrder() {
    List<Map<String, Integer>> points = tuning(5, 1, GRID).points();
    assertThat(points).hasSize(5).doesNotHaveDuplicates();
    String turned = "{\"drop\": [0, 0.5], \"depth\": [1, 2], \"rate\": [0.001, 0.002, 0.004]}";
    assertThat(tuning(5, 1, turned).points()).isEqualTo(points);
    assertThat(tuning(8, 1, GRID).points()).startsWith(points.toArray(Map[]::new));
    assertThat(tuning(5, 2, GRID).points()).isNotEqualTo(points);
    // What a point is called in the grid does not matter, but what it is.
    String reversed = "{\"rate\": [0.004, 0.002, 0.001], \"depth\": [1, 2], \"drop\": [0, 0.5]}";
    assertThat(tuning(5, 1, reversed).text(1)).isEqualTo(tuning(5, 1, GRID).text(1));
    assertThat(new HashSet<>(tuning(12, 3, GRID).points())).hasSize(12);
  }

  @Test
  void rowsMeetTheSamePointsUnderTheirOwnPaths() {
    Tuning tuning = tuning(12, 1, GRID);
    List<Tuning.Knob> knobs =
        List.of(
            knob("rate", "optimizer/rate", "[]"),
            knob("drop", "encoder/a", "[]"),
            knob("drop", "encoder/b", "[]"),
            knob("depth", "encoder/hidden", "[[8], [8, 4]]"));
    for (int trial = 1; trial <= 12; trial++) {
      Map<String, Integer> point = tuning.points().get(trial - 1);
      Map<String, String> edits = tuning.edits(knobs, trial);
      edits.replaceAll((path, value) -> value.replace(" ", ""));
      assertThat(edits)
          .containsEntry(
              "optimizer/rate",
              List.of("0.001", "0.002", "0.004").get(point.getOrDefault("rate", 9)))
          .containsEntry("encoder/hidden", point.getOrDefault("depth", 9) == 0 ? "[8]" : "[8,4]");
      assertThat(edits.get("encoder/a"))
          .isEqualTo(edits.get("encoder/b"))
          .isEqualTo(point.getOrDefault("drop", 9) == 0 ? "0" : "0.5");
    }
  }

  @ParameterizedTest
  @CsvSource({"0", "13"})
  void refusesMoreTrialsThanPoints(int trials) {
    assertThatThrownBy(() -> tuning(trials, 1, GRID))
        .isInstanceOf(GenRecException.class)
        .hasMessageContainingAll("[GR/InvalidValue]", "trials must be from 1 to 12", "" + trials);
  }

  @ParameterizedTest
  @CsvSource({
    "0, 2, halving must have at least 1 of epochs",
    "1, 0, halving must have at least 1 of epochs",
    "1, 6, 'finalists must be at most trials, 5, but is 6'"
  })
  void refusesHalvingsThatLeaveNothing(int epochs, int finalists, String message) {
    String text =
        "{\"trials\": 5, \"halving\": {\"epochs\": %d, \"finalists\": %d}, \"grid\": %s}"
            .formatted(epochs, finalists, GRID);
    assertThatThrownBy(() -> StrictConfig.parse("test", text).as(Tuning.class))
        .isInstanceOf(GenRecException.class)
        .hasMessageContainingAll("[GR/InvalidValue]", message);
  }

  @Test
  void refusesKnobsThatTurnNothing() {
    Tuning tuning = tuning(3, 1, GRID);
    assertThatThrownBy(() -> tuning.require("hstu", List.of(knob("dept", "x", "[]"))))
        .isInstanceOf(GenRecException.class)
        .hasMessageContainingAll("[GR/UnknownAxis]", "hstu", "did you mean \"depth\"");
    assertThatThrownBy(() -> tuning.require("hstu", List.of(knob("depth", "x", "[3]"))))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("as many values as the grid, 2");
    assertThatThrownBy(() -> tuning(1, 1, "{\"rate\": []}"))
        .hasMessageContaining("must give \"rate\" a value");
  }
}
