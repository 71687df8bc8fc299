package io.genrec.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class BenchRankTest {
  @Test
  void rowsHaveWhatProgramsRead(@TempDir Path folder) throws Exception {
    Path png = folder.resolve("rank.png");
    Cli.Ran ran =
        Cli.run(
            "bench",
            "rank",
            "--history",
            "20",
            "--candidates",
            "30",
            "--dim",
            "8",
            "--heads",
            "2",
            "--layers",
            "2",
            "--strategies",
            "full,batched,m-falcon",
            "--micro-batch",
            "7,16",
            "--repeat",
            "2",
            "--workers",
            "2",
            "--png",
            png.toString(),
            "--json");

    assertThat(ran.status()).as(ran.err()).isZero();
    JsonNode results = new ObjectMapper().readTree(ran.out()).get("results");
    List<String> rows = new ArrayList<>();
    for (JsonNode row : results) {
      rows.add(
          row.get("strategy").asText() + " " + row.get("cache").asText() + " " + row.get("bm"));
      assertThat(row.get("n").asInt()).isEqualTo(20);
      assertThat(row.get("m").asInt()).isEqualTo(30);
      for (String number :
          List.of(
              "ms_median",
              "ms_p99",
              "candidates_per_second",
              "gflops",
              "matmul_share",
              "ort_share")) {
        assertThat(row.get(number).asDouble()).as(number).isPositive();
      }
      assertThat(row.get("ort_share").asDouble()).isLessThan(1);
    }
    assertThat(rows)
        .containsExactly(
            "full miss 1",
            "batched miss 30",
            "m-falcon hit 7",
            "m-falcon extend 7",
            "m-falcon miss 7",
            "m-falcon hit 16",
            "m-falcon extend 16",
            "m-falcon miss 16");
    // Only full scores a part of the candidates.
    double checksum = results.get(1).get("checksum").asDouble();
    for (int row = 2; row < results.size(); row++) {
      assertThat(results.get(row).get("checksum").asDouble())
          .isCloseTo(checksum, Offset.offset(1e-4));
    }
    assertThat(Files.size(png)).isPositive();
  }

  @Test
  void aStrategyThatIsNoneGetsTheNearestName() {
    Cli.Ran ran = Cli.run("bench", "rank", "--strategies", "m-falcom");

    assertThat(ran.status()).isEqualTo(1);
    assertThat(ran.err()).contains("[GR/UnknownStrategy]", "did you mean \"m-falcon\"?");
    assertThat(Cli.run("bench", "rank", "--history", "0").err()).contains("--history");
    assertThat(Cli.run("bench", "rank", "--help").out()).contains("Usage: genrec bench rank");
  }
}
