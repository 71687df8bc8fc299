package io.genrec.golden;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.genrec.transformer.SasrecConfig;
import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.BiConsumer;
import java.util.stream.Stream;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.memory.RootAllocator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Compares this project with the public reference implementation's numbers: every file of every
 * kind that is built, every tensor of each file. {@code -Dgenrec.golden.dir=DIR} reads another
 * folder.
 */
class GoldenVectorsTest {
  private static final Map<String, BiConsumer<GoldenCase, BufferAllocator>> BUILT =
      Map.ofEntries(
          Map.entry("hstu_research", HstuCase::check),
          Map.entry("sasrec_research", SasrecCase::check),
          Map.entry("train_adamw", AdamCase::check),
          Map.entry("eval_metrics", MetricsCase::check),
          Map.entry("stu", StuCase::check),
          Map.entry("attn_masks", AttentionCase::masks),
          Map.entry("hstu_mha_op", AttentionCase::attention),
          Map.entry("positional_encoder", PositionCase::check),
          Map.entry("l2stu", LastRowsCase::check),
          Map.entry("stu_cached_delta", StuCacheCase::check),
          Map.entry("interleave_preprocessor", InterleaveCase::check),
          Map.entry("stochastic_length", LengthCase::check),
          Map.entry("ranking_pipeline", PipelineCase::check));

  /** Kinds that the format knows and this project does not compute yet. */
  private static final Set<String> PENDING = Set.of();

  /** The kinds that the format defines. */
  private static final Set<String> KNOWN =
      Set.of(
          "hstu_research",
          "sasrec_research",
          "train_adamw",
          "eval_metrics",
          "stu",
          "stu_cached_delta",
          "attn_masks",
          "positional_encoder",
          "interleave_preprocessor",
          "stochastic_length",
          "ranking_pipeline",
          "l2stu",
          "hstu_mha_op");

  /** The kinds of the committed folder; another folder may hold more. */
  private static final Set<String> COMMITTED = KNOWN;

  @Test
  void equalsTheReference() throws IOException, URISyntaxException {
    String given = System.getProperty("genrec.golden.dir", "");
    Path folder = given.isEmpty() ? committed() : Path.of(given);
    List<Path> files;
    try (Stream<Path> list = Files.list(folder)) {
      files = list.filter(file -> file.toString().endsWith(".json")).sorted().toList();
    }
    assertThat(files).as("golden files in " + folder).isNotEmpty();
    System.out.println("golden kinds that are pending: " + new TreeSet<>(PENDING));
    Set<String> kinds = new TreeSet<>();
    long compared = 0;
    for (Path file : files) {
      GoldenCase golden = GoldenCase.read(file);
      kinds.add(golden.kind());
      BiConsumer<GoldenCase, BufferAllocator> check = BUILT.get(golden.kind());
      if (check == null) {
        assertThat(PENDING)
            .as(golden.name() + " is of a kind that the format knows")
            .contains(golden.kind());
        System.out.println("golden " + golden.name() + ": pending (" + golden.kind() + ")");
        continue;
      }
      try (BufferAllocator memory = new RootAllocator()) {
        check.accept(golden, memory);
      }
      assertThat(golden.unread()).as("unread tensors of " + golden.name()).isEmpty();
      assertThat(golden.compared()).as("values compared of " + golden.name()).isPositive();
      compared += golden.compared();
      System.out.println("golden " + golden.name() + ": " + golden.compared() + " values compared");
    }
    assertThat(compared).as("values compared").isPositive();
    if (given.isEmpty()) {
      assertThat(kinds).isEqualTo(new TreeSet<>(COMMITTED));
    }
  }

  @Test
  void everyKindIsEitherBuiltOrPending() {
    Set<String> both = new TreeSet<>(BUILT.keySet());
    both.addAll(PENDING);
    assertThat(both).isEqualTo(new TreeSet<>(KNOWN));
    assertThat(PENDING).doesNotContainAnyElementsOf(BUILT.keySet());
  }

  @Test
  void theActivationOfAFeedForwardIsRead(@TempDir Path folder)
      throws IOException, URISyntaxException {
    String relu = Files.readString(committed().resolve("sasrec_l2_h2_d32_n20_b4.json"));
    String gelu = relu.replace("\"relu\"", "\"gelu\"");
    GoldenCase golden = GoldenCase.read(Files.writeString(folder.resolve("gelu.json"), gelu));
    assertThat(SasrecCase.config(golden).activation()).isEqualTo(SasrecConfig.Activation.GELU);
    // The numbers of the file are those of another activation, so a model that uses it differs.
    try (BufferAllocator memory = new RootAllocator()) {
      assertThatThrownBy(() -> SasrecCase.check(golden, memory))
          .isInstanceOf(AssertionError.class)
          .hasMessageContaining("encoder_output_jagged");
    }
  }

  private static Path committed() throws URISyntaxException {
    return Path.of(
        java.util.Objects.requireNonNull(GoldenVectorsTest.class.getResource("/golden")).toURI());
  }
}
