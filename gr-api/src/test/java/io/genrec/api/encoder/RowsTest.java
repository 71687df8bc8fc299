package io.genrec.api.encoder;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;

class RowsTest {
  @Test
  void knowsWhetherAllEnter() {
    assertThat(Rows.ALL.all()).isTrue();
    assertThat(Rows.last(3).all()).isFalse();
    assertThat(Rows.last(3).last()).isEqualTo(3);
  }

  @Test
  void refusesNoTokens() {
    assertThatThrownBy(() -> Rows.last(0))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("at least 1 but is 0");
    assertThatThrownBy(() -> new Rows(-1))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("at least 0 but is -1");
  }
}
