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
  void signsAndUnknownNumbersStandWithNumbers() {
    TextTable table =
        new TextTable(List.of("n")).add(List.of("+.0123")).add(List.of("–")).add(List.of("-.01"));

    assertThat(table.lines()).containsExactly("     n", "+.0123", "     –", "  -.01");
  }

  @Test
  void spreadsAreMeansAndDeviationsOfSamples() {
    // Squares about 2 are 1, 0 and 1; their sum over 3 - 1 is 1.
    assertThat(Spread.of(1, 2, 3)).isEqualTo(new Spread(2, 1.0));
    assertThat(Spread.of(0.5)).isEqualTo(new Spread(0.5, null));
    assertThat(Spread.of(0.1, 0.3).text(Text::metric)).isEqualTo(".2000 ± .1414");
    assertThat(Spread.of(0.5).text(Text::metric)).isEqualTo(".5000");
  }

  @Test
  void printsNumbersAsPeopleReadThem() {
    assertThat(Text.metric(0.12345)).isEqualTo(".1235");
    assertThat(Text.metric(1)).isEqualTo("1.0000");
    assertThat(Text.signed(0.0123)).isEqualTo("+.0123");
    assertThat(Text.signed(-0.0123)).isEqualTo("-.0123");
    assertThat(Text.bytes(512L << 20)).isEqualTo("512 MiB");
    assertThat(Text.bytes(3L << 29)).isEqualTo("1.5 GiB");
    assertThat(Text.seconds(90)).isEqualTo("90.0 s");
    assertThat(Text.seconds(150)).isEqualTo("2.5 min");
  }
}
