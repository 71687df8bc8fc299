package io.genrec.api.sequence;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class SchemaTest {
  private static Schema of(String feature) {
    return new Schema(
        List.of(new Schema.Feature(Schema.ITEM, 5, 4), new Schema.Feature(feature, 3, 2)), 6, 8);
  }

  /** Their columns would be written over those of the tokens. */
  @ParameterizedTest
  @ValueSource(
      strings = {"time", "prediction_time", "valid", "role", "length", "position", "actions"})
  void whatTokensHaveOfTheirOwnIsNoFeature(String name) {
    assertThatThrownBy(() -> of(name))
        .hasMessageContaining("[GR/ReservedName]")
        .hasMessageContaining("\"" + name + "\"")
        .hasMessageContaining("data mapping");
  }

  @Test
  void anyOtherNameIsFine() {
    assertThat(of("lengths").feature("lengths").values()).isEqualTo(3);
  }
}
