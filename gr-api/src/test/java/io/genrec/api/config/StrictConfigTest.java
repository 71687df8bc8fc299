package io.genrec.api.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.genrec.api.GenRecException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class StrictConfigTest {
  enum Form {
    RESEARCH,
    SASREC_LIKE
  }

  record Encoder(
      int dim,
      @Default("2") int heads,
      @Default("sasrec-like") Form form,
      @Nullable Double dropout,
      @Default("[1, 2]") List<Integer> widths) {
    Encoder {
      if (heads < 1) {
        throw new IllegalArgumentException("heads must be at least 1");
      }
      if (dim % heads != 0) {
        throw new GenRecException("IndivisibleHeads", "the heads must divide dim");
      }
    }
  }

  record Run(
      String name,
      Encoder encoder,
      long steps,
      @Default("0.5") float rate,
      boolean shuffle,
      @Default("{}") Map<String, Double> weights,
      @Nullable StrictConfig extra) {}

  private static final String RUN =
      """
      {"name": "a", "steps": 5000000000, "shuffle": true, "weights": {"click": 1, "like": 0.25},
       "encoder": {"dim": 8, "heads": 4, "form": "research", "dropout": 0.1, "widths": []},
       "extra": {"anything": [1]}}
      """;

  @Test
  void readsEveryType() {
    Run run = StrictConfig.parse("run.json", RUN).as(Run.class);
    assertThat(run.name()).isEqualTo("a");
    assertThat(run.steps()).isEqualTo(5_000_000_000L);
    assertThat(run.rate()).isEqualTo(0.5f);
    assertThat(run.weights()).containsExactly(Map.entry("click", 1.0), Map.entry("like", 0.25));
    assertThat(run.encoder()).isEqualTo(new Encoder(8, 4, Form.RESEARCH, 0.1, List.of()));
    StrictConfig extra = run.extra();
    assertThat(extra).isNotNull();
    assertThat(extra.pointer()).isEqualTo("/extra");
    assertThat(extra.at("/anything/0").as(int.class)).isEqualTo(1);
  }

  @Test
  void absentKeysTakeTheirDefaults() {
    Encoder encoder = StrictConfig.parse("t", "{\"dim\": 4}").as(Encoder.class);
    assertThat(encoder).isEqualTo(new Encoder(4, 2, Form.SASREC_LIKE, null, List.of(1, 2)));
    assertThat(StrictConfig.parse("t", "{\"dim\": 4, \"dropout\": null}").as(Encoder.class))
        .isEqualTo(encoder);
  }

  @Test
  void whatIsWrittenReadsBackEqual() {
    Run run = StrictConfig.parse("t", RUN).as(Run.class);
    String json = StrictConfig.toJson(run);
    assertThat(StrictConfig.parse("again", json).as(Run.class)).isEqualTo(run);
    assertThat(json).contains("\"research\"");
  }

  @Test
  void subTreesKnowWhereTheyStand() {
    StrictConfig encoder =
        StrictConfig.parse(
                "f.json", "{\"encoder\": {\"name\": \"hstu\", \"dim\": 8, \"haeds\": 2}}")
            .at("/encoder");
    assertThat(encoder.has("name")).isTrue();
    assertThat(encoder.without("name").keys()).containsExactly("dim", "haeds");
    assertThatThrownBy(() -> encoder.without("name").as(Encoder.class))
        .hasMessageContainingAll(
            "UnknownKey", "/encoder/haeds", "f.json", "did you mean \"heads\"");
    assertThatThrownBy(() -> encoder.at("/layers"))
        .hasMessageContainingAll("MissingKey", "/encoder/layers", "present: name, dim, haeds");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "UnknownKey   | {'dim': 4, 'hedas': 2}       | /hedas     | did you mean 'heads'",
        "MissingKey   | {'heads': 2}                 | /dim       | expected an integer",
        "InvalidValue | {'dim': '4'}                 | /dim       | value '4'",
        "InvalidValue | {'dim': 4.5}                 | /dim       | expected an integer",
        "InvalidValue | {'dim': 4.0}                 | /dim       | expected an integer",
        "InvalidValue | {'dim': 3000000000}          | /dim       | to 2147483647",
        "InvalidValue | {'dim': null}                | /dim       | value null",
        "InvalidValue | {'dim': true}                | /dim       | value true",
        "InvalidValue | {'dim': 4, 'dropout': 1e999} | /dropout   | a finite number",
        "InvalidValue | {'dim': 4, 'form': 'reserch'}| /form      | did you mean 'research'",
        "InvalidValue | {'dim': 4, 'form': 0}        | /form      | known: research, sasrec-like",
        "InvalidValue | {'dim': 4, 'widths': [1,'x']}| /widths/1  | value 'x'",
        "InvalidValue | {'dim': 4, 'widths': 1}      | /widths    | a list",
        "InvalidValue | {'dim': 4, 'heads': 0}       | /heads     | heads must be at least 1",
        "IndivisibleHeads | {'dim': 4, 'heads': 3}   | top level  | must divide dim",
        "InvalidValue | [4]                          | top level  | keys dim, heads",
        "InvalidJson  | {'dim': 4, 'dim': 5}         | line 1     | Duplicate field 'dim'",
        "InvalidJson  | {'dim': 4} {}                | line 1     | strict JSON",
        "InvalidJson  | {'dim': 4,}                  | line 1     | strict JSON",
        "InvalidJson  | {'dim': NaN}                 | line 1     | strict JSON",
      })
  void refusesWithPlaceAndReason(String id, String json, String place, String words) {
    assertThatThrownBy(
            () -> StrictConfig.parse("f.json", json.replace('\'', '"')).as(Encoder.class))
        .isInstanceOfSatisfying(GenRecException.class, e -> assertThat(e.id()).isEqualTo(id))
        .hasMessageContainingAll("f.json", place)
        .message()
        .satisfiesAnyOf(
            m -> assertThat(m).contains(words),
            m -> assertThat(m).contains(words.replace('\'', '"')));
  }

  @Test
  void refusesEmptyText() {
    assertThatThrownBy(() -> StrictConfig.parse("f.json", " "))
        .hasMessageContainingAll("InvalidJson", "f.json", "empty");
  }

  @Test
  void readsFiles(@TempDir Path folder) throws Exception {
    Path file = Files.writeString(folder.resolve("e.json"), "{\"dim\": 6}");
    assertThat(StrictConfig.read(file).as(Encoder.class).dim()).isEqualTo(6);
    assertThatThrownBy(() -> StrictConfig.read(folder.resolve("x.json")))
        .hasMessageContainingAll("MissingFile", "x.json");
    assertThatThrownBy(() -> StrictConfig.read(folder)).hasMessageContaining("MissingFile");
  }
}
