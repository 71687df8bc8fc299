package io.genrec.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import io.genrec.api.graph.ElementType;
import io.genrec.api.graph.Graph;
import io.genrec.api.graph.Tensor;
import io.genrec.engine.program.Program;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class BenchEncodersTest {
  private static final int BATCH = 3;
  private static final int DIM = 8;
  private static final int HEADS = 2;

  @Test
  void measuresEachEncoderAtEachLength(@TempDir Path folder) throws Exception {
    Path png = folder.resolve("encoders.png");
    Cli.Ran ran =
        Cli.run(
            "bench",
            "encoders",
            "--lengths",
            "64,25",
            "--batch",
            BATCH,
            "--dim",
            DIM,
            "--heads",
            HEADS,
            "--layers",
            1,
            "--items",
            30,
            "--negatives",
            8,
            "--alpha",
            1,
            "--repeat",
            12,
            "--png",
            png,
            "--json");

    assertThat(ran.status()).as(ran.err()).isZero();
    Map<String, JsonNode> rows = new LinkedHashMap<>();
    for (JsonNode row : ran.json().at("/results")) {
      rows.put(row.at("/n").asInt() + " " + row.at("/encoder").asText(), row);
    }
    assertThat(rows.keySet())
        .containsExactly(
            "25 hstu",
            "25 hstu stochastic-length",
            "25 llama",
            "64 hstu",
            "64 hstu stochastic-length",
            "64 llama");
    rows.forEach(BenchEncodersTest::requireSoundNumbers);
    assertThat(ran.json().at("/left_out")).isEmpty();
    assertThat(ran.json().at("/peak_bytes").asLong()).isPositive();
    assertThat(Files.size(png)).isPositive();

    for (int n : new int[] {25, 64}) {
      JsonNode hstu = row(rows, n + " hstu");
      for (String encoder : List.of("hstu", "hstu stochastic-length", "llama")) {
        JsonNode row = row(rows, n + " " + encoder);
        assertThat(number(row, "step_to_hstu"))
            .isCloseTo(
                number(row, "step_ms_median") / number(hstu, "step_ms_median"), within(1e-9));
        assertThat(number(row, "published_widths_16_bit"))
            .isEqualTo(encoder.equals("llama") ? 33 : 14);
        assertThat(number(row, "offered_per_step")).isEqualTo(BATCH * n);
      }
      assertThat(number(hstu, "tokens_per_step")).isEqualTo(BATCH * n);
      assertThat(number(row(rows, n + " llama"), "tokens_per_step")).isEqualTo(BATCH * n);
    }
    // Weights of attention are kept for the backward pass: a real for each head, token and key.
    assertThat(
            number(row(rows, "64 llama"), "layer_bytes_per_token")
                - number(row(rows, "25 llama"), "layer_bytes_per_token"))
        .isGreaterThanOrEqualTo(Float.BYTES * HEADS * (64 - 25));
  }

  private static void requireSoundNumbers(String name, JsonNode row) {
    for (String key :
        List.of(
            "step_ms_median", "inference_ms_median", "activation_bytes", "layer_bytes_per_token")) {
      assertThat(number(row, key)).as(name + " " + key).isPositive();
    }
    // The system counts processor time in ticks, and small steps may take none.
    assertThat(number(row, "step_ms_cpu")).as(name).isNotNegative();
    assertThat(number(row, "layer_widths_16_bit"))
        .isCloseTo(number(row, "layer_bytes_per_token") / 2 / DIM, within(1e-9));
    if (name.endsWith("stochastic-length")) {
      // With alpha 1 a history is cut to the square root of its length or, rarely, left whole.
      int n = row.at("/n").asInt();
      int kept = (int) Math.sqrt(n);
      assertThat(row.at("/activation_length").asInt()).isEqualTo(kept);
      assertThat(number(row, "tokens_per_step"))
          .isGreaterThanOrEqualTo(BATCH * kept)
          .isLessThan(BATCH * n / 2.0);
    } else {
      assertThat(row.at("/activation_length").asInt()).isEqualTo(row.at("/n").asInt());
    }
  }

  private static JsonNode row(Map<String, JsonNode> rows, String name) {
    return Objects.requireNonNull(rows.get(name), name);
  }

  private static double number(JsonNode row, String key) {
    return row.at("/" + key).asDouble(Double.NaN);
  }

  /** Without kernels a layer keeps matrices of pairs, unless it computes them again. */
  @Test
  void countsLessWhereMatricesOfPairsAreComputedAgain() {
    JsonNode kept = llama();
    JsonNode again = llama("--recompute");
    // A real for each head, token and key, but for operands that are kept in its place.
    assertThat(number(again, "layer_bytes_per_token"))
        .isLessThan(number(kept, "layer_bytes_per_token") - 0.8 * Float.BYTES * HEADS * 64);
    assertThat(number(again, "activation_bytes")).isLessThan(number(kept, "activation_bytes"));
  }

  private static JsonNode llama(String... more) {
    String tiny =
        "bench encoders --lengths 64 --batch 2 --dim 8 --heads 2 --layers 2 --items 30 --negatives"
            + " 8 --repeat 1 --json";
    Cli.Ran ran =
        Cli.run(
            (Object[])
                Stream.concat(Arrays.stream(tiny.split(" ")), Arrays.stream(more))
                    .toArray(String[]::new));
    assertThat(ran.status()).as(ran.err()).isZero();
    for (JsonNode row : ran.json().at("/results")) {
      if (row.at("/encoder").asText().equals("llama")) {
        return row;
      }
    }
    throw new AssertionError("no row of the Llama form");
  }

  @Test
  void leavesOutWhatNeedsTooMuchMemoryAndSaysSo() {
    Cli.Ran ran =
        Cli.run(
            "bench",
            "encoders",
            "--lengths",
            8,
            "--batch",
            1,
            // The negatives' embeddings alone take 512 GB for each worker.
            "--dim",
            64,
            "--negatives",
            2_000_000_000,
            "--json");

    assertThat(ran.status()).as(ran.err()).isZero();
    assertThat(ran.json().at("/results")).isEmpty();
    List<String> leftOut = new ArrayList<>();
    for (JsonNode row : ran.json().at("/left_out")) {
      leftOut.add(row.at("/n").asInt() + " " + row.at("/encoder").asText());
      assertThat(row.at("/needed_bytes").asDouble()).isGreaterThan(2 * 512e9);
    }
    assertThat(leftOut).containsExactly("8 hstu", "8 hstu stochastic-length", "8 llama");
  }

  @Test
  void refusesWhatMakesNoSense() {
    assertThat(Cli.run("bench", "encoders", "--lengths", "1").err())
        .contains("[GR/InvalidValue]", "--lengths must be at least 2 but is 1");
    assertThat(Cli.run("bench", "encoders", "--alpha", "2.5").err())
        .contains("[GR/InvalidValue]", "--alpha must be from 1 to 2 but is 2.5");
    assertThat(Cli.run("bench", "encoders", "--help").out())
        .contains("Usage: genrec bench encoders", "--alpha");
  }

  @Test
  void countsWhatIsHeldAtOnce() {
    Graph graph = Graph.inference("chain");
    Tensor x = graph.input("x", ElementType.FLOAT, "batch", 8);
    Tensor a = x.matmul(graph.input("w", ElementType.FLOAT, 8, 5));
    Tensor b = a.reshape("batch", 5, 1).squeeze(-1).exp();
    Tensor c = b.matmul(graph.input("v", ElementType.FLOAT, 5, 3));
    graph.output("y", c.exp().sum(-1).plus(1));
    List<String> ops = new ArrayList<>();
    Program program = Program.of(graph);
    program.steps().forEach(step -> ops.add(step.op()));

    long bytes = ActivationBytes.peak(program, name -> 7);

    // a and b stand side by side, 5 reals each; c and what follows is less, and y is the caller's.
    assertThat(bytes).as(ops.toString()).isEqualTo(4 * 7 * (5 + 5));
  }
}
