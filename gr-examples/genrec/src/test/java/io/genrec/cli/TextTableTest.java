package io.genrec.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

class TextTableTest {
  @Test
  void alignsTextsLeftAndNumbersRight() {
    TextTable table =
        new TextTable(List.of("who", "n")).add(List.of("a", ".5")).add(List.of("longer", "1234"));

    assertThat(table.lines()).containsExactly("who        n", "a         .5", "longer  1234");
    assertThat(table.markdown())
        .containsExactly("| who | n |", "|---|---|", "| a | .5 |", "| longer | 1234 |");
  }

  @Test
  void printsNumbersAsPeopleReadThem() {
    assertThat(Text.metric(0.12345)).isEqualTo(".1235");
    assertThat(Text.metric(1)).isEqualTo("1.0000");
    assertThat(Text.bytes(512L << 20)).isEqualTo("512 MiB");
    assertThat(Text.bytes(3L << 29)).isEqualTo("1.5 GiB");
    assertThat(Text.seconds(90)).isEqualTo("90.0 s");
    assertThat(Text.seconds(150)).isEqualTo("2.5 min");
  }
}
