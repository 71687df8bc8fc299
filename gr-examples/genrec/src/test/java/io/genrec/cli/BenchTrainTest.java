package io.genrec.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import io.genrec.api.graph.ElementType;
import io.genrec.api.graph.Graph;
import io.genrec.api.graph.Tensor;
import io.genrec.engine.program.Program;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class BenchTrainTest {
  @Test
  void timesStepsOnOneBatchAndTellsTheirLosses() {
    Cli.Ran ran =
        Cli.run(
            "bench",
            "train",
            "--batch",
            4,
            "--length",
            12,
            "--dim",
            8,
            "--heads",
            2,
            "--layers",
            1,
            "--items",
            30,
            "--negatives",
            8,
            "--json");

    assertThat(ran.status()).as(ran.err()).isZero();
    JsonNode json = ran.json();
    for (String key :
        new String[] {
          "sequences_per_second",
          "tokens_per_second",
          "step_ms_median",
          "achieved_gflops",
          "gemm_gflops",
          "peak_bytes"
        }) {
      assertThat(json.at("/" + key).asDouble()).as(key).isPositive();
    }
    assertThat(json.at("/outside_ort_share").asDouble()).isBetween(0.0, 1.0);
    assertThat(json.at("/java_share").asDouble()).isBetween(0.0, 1.0);
    assertThat(json.at("/waiting_share").isNumber()).isTrue();
    assertThat(json.at("/loss_50").asDouble()).isLessThan(json.at("/loss_0").asDouble());
  }

  @Test
  void timesStepsOnADataSetWithAConfigurationOfOnesOwn(@TempDir Path folder) {
    Path config = Cli.write(folder.resolve("tiny.json"), Cli.TINY);

    Cli.Ran ran =
        Cli.run(
            "bench",
            "train",
            "--config",
            config,
            "--data",
            Cli.dataset(folder),
            "--steps",
            7,
            "--set",
            "training/workers=1");

    assertThat(ran.status()).as(ran.err()).isZero();
    assertThat(ran.out()).contains("step_ms_median", "loss_0").doesNotContain("loss_50");
    assertThat(Cli.run("bench", "train", "--steps", 5).err()).contains("[GR/InvalidValue]", "6");
  }

  @Test
  void timesStepsOnUsersThatAreReadFromAFile() {
    String tiny =
        "bench train --users 5000 --batch 4 --length 12 --dim 8 --heads 2 --layers 1 --items 30"
            + " --negatives 8 --steps 7 --json";

    Cli.Ran ran = Cli.run((Object[]) tiny.split(" "));

    assertThat(ran.status()).as(ran.err()).isZero();
    assertThat(ran.json().at("/cpu_us_per_token").asDouble()).isNotNegative();
    assertThat(ran.json().at("/anonymous_bytes").asDouble()).isPositive();
    // Another batch in each step.
    assertThat(ran.json().at("/loss_0").asDouble()).isPositive();
    assertThat(Cli.run("bench", "train", "--users", 0).err()).contains("[GR/InvalidValue]");
  }

  /** Values and two moments, in and out, are most of it: of a million rows of 8, 192 MB. */
  @Test
  void tellsHowManyStepsARunOnADeviceHasToMake() {
    JsonNode json = link("--device-step-ms", "20");
    assertThat(json.at("/table_rows").asLong()).isEqualTo(1_000_000);
    double state = json.at("/one_step_copied_mb").asDouble();
    assertThat(state).isBetween(192.0, 193.0);
    // 192 MB at 25 GB/s take 7.7 ms; at four steps they are less than a tenth of 80 ms and more.
    assertThat(json.at("/one_step_copies_share").asDouble())
        .isCloseTo(state / 25 / (state / 25 + 20), within(1e-9));
    assertThat(json.at("/steps_per_run").asInt()).isEqualTo(4);
    assertThat(json.at("/run_copies_share").asDouble()).isBetween(0.08, 0.1);

    // 4 * 12 tokens and targets and 8 negatives: 104 ids a step, of which few are drawn twice.
    JsonNode some =
        link(
            "--device-step-ms",
            "20",
            "--set",
            "training/compactTables=true",
            "--set",
            "optimizer/name=rowwise-adamw");
    assertThat(some.at("/one_step_copied_mb").asDouble()).isLessThan(1);
    assertThat(some.at("/steps_per_run").asInt()).isEqualTo(1);

    assertThat(link("--device-step-ms", "0.000001").at("/steps_per_run").asText())
        .isEqualTo("none");
    assertThat(Cli.run(words("--device-step-ms", "-1")).err()).contains("[GR/InvalidValue]");
  }

  private static JsonNode link(String... more) {
    Cli.Ran ran = Cli.run(words(more));
    assertThat(ran.status()).as(ran.err()).isZero();
    return ran.json();
  }

  private static Object[] words(String... more) {
    String tiny =
        "bench train --batch 4 --length 12 --dim 8 --heads 2 --layers 1 --items 30 --negatives 8"
            + " --steps 6 --json --link-gb-per-s 25 --rows 1000000";
    return Stream.concat(Arrays.stream(tiny.split(" ")), Arrays.stream(more)).toArray();
  }

  @Test
  void countsTwoOperationsForEachTermOfEachProduct() {
    Graph graph = Graph.inference("products");
    Tensor x = graph.input("x", ElementType.FLOAT, "batch", 5, 3);
    Tensor w = graph.input("w", ElementType.FLOAT, 3, 7);
    graph.output("y", x.matmul(w).matmul(x.matmul(w).swap(1, 2)).plus(1));

    double counted = MatMulWork.operations(Program.of(graph), name -> 4);

    // x w is made once: 4 matrices, 5 by 7 sums of 3; then 5 by 5 sums of 7.
    assertThat(counted).isEqualTo(2.0 * 4 * (5 * 7 * 3 + 5 * 5 * 7));
  }
}
