package io.genrec.engine.transfer;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.genrec.api.GenRecException;
import io.genrec.api.graph.Parameter.Kind;
import io.genrec.api.sequence.Histories;
import io.genrec.api.sequence.Schema;
import io.genrec.api.sequence.Vocabulary;
import io.genrec.api.storage.IfExists;
import io.genrec.api.storage.VocabularyFile;
import io.genrec.engine.bundle.ModelBundle;
import io.genrec.engine.bundle.SmallModel;
import io.genrec.engine.bundle.TrainedModel;
import io.genrec.engine.evaluation.SeenItems;
import io.genrec.engine.optimizer.ParameterPattern;
import io.genrec.engine.optimizer.ParameterStore;
import io.genrec.engine.run.RunConfig;
import io.genrec.engine.run.RunListener;
import io.genrec.engine.run.TrainingData;
import io.genrec.engine.run.TrainingRun;
import io.genrec.engine.runtime.Device;
import io.genrec.engine.storage.BundleReader;
import io.genrec.engine.storage.CheckpointStore;
import io.genrec.engine.training.Toy;
import io.genrec.engine.transfer.TransferReport.Entry;
import io.genrec.engine.transfer.TransferReport.Origin;
import java.nio.FloatBuffer;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.memory.RootAllocator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class TransferTest {
  private static final Histories USERS = Toy.histories(40);
  private static final String TABLE = "embedding/item";
  private static final String DENSE = "toy/w";

  @TempDir private Path folder = Path.of("");

  private static RunConfig config(int dim, double rate, long seed) {
    return Toy.config(
            """
            {"name": "toy", "model": {"dim": %d, "maxHistory": 12, "outputSlots": 1},
             "encoder": {"name": "toy", "dropout": 0.2, "scale": 0.1}, "task": {"name": "next"},
             "sampler": {"name": "any", "sharing": "position", "count": 5},
             "optimizer": {"rate": %s, "weightDecay": 0.01},
             "training": {"batch": 16, "microBatchTokens": 48}, "epochs": 2, "seed": %d}
            """
                .formatted(dim, rate, seed))
        .as(RunConfig.class);
  }

  private static TrainingData data() {
    return new TrainingData(
        "toy",
        "c0",
        "strict",
        "s0",
        Map.of(Schema.ITEM, Toy.ITEMS),
        USERS,
        Optional.of(Toy.questions(USERS)),
        Optional.empty(),
        SeenItems.ALL,
        new long[Toy.ITEMS + 1]);
  }

  private static TrainingRun open(RunConfig config, BufferAllocator memory) {
    return new TrainingRun(config, data(), Toy.registry(), Device.CPU, memory);
  }

  /** Raw ids {@code i<first> ..}, one for each item. */
  private Path vocabulary(int first, BufferAllocator memory) {
    return SmallModel.vocabulary(
        folder.resolve("vocabulary" + first + ".arrow"), "i", first, Toy.ITEMS, memory);
  }

  private static Map<String, Vocabulary> read(Path vocabulary, BufferAllocator memory) {
    return Map.of(Schema.ITEM, VocabularyFile.read(vocabulary, memory));
  }

  private static float[] values(ParameterStore parameters, String name) {
    FloatBuffer buffer = parameters.column(name).bytes().asFloatBuffer();
    float[] copy = new float[buffer.remaining()];
    buffer.get(copy);
    return copy;
  }

  private record Pretrained(Path bundle, Path vocabulary, Map<String, float[]> values) {}

  /** A trained model of width 8 in a bundle. */
  private Pretrained pretrained(BufferAllocator memory) {
    RunConfig config = config(8, 0.01, 1);
    Path vocabulary = vocabulary(1, memory);
    Path bundle = folder.resolve("source");
    try (TrainingRun run = open(config, memory)) {
      run.train(RunListener.NONE);
      ModelBundle.write(
          bundle,
          IfExists.FAIL,
          Toy.registry(),
          TrainedModel.of(config, data(), run, Map.of(Schema.ITEM, vocabulary), Map.of()));
      Map<String, float[]> values = new LinkedHashMap<>();
      run.model().parameters().keySet().forEach(n -> values.put(n, values(run.parameters(), n)));
      return new Pretrained(bundle, vocabulary, values);
    }
  }

  private static TrainingRun begun(
      Transfer transfer, RunConfig config, Pretrained source, BufferAllocator memory) {
    RunConfig frozen = config.withFirstGroups(transfer.plan().frozenGroups());
    TrainingRun run = open(frozen, memory);
    try (TransferSource from = TransferSource.open(source.bundle(), memory)) {
      run.begin(transfer, Optional.of(from), read(source.vocabulary(), memory));
      return run;
    } catch (RuntimeException e) {
      run.close();
      throw e;
    }
  }

  @ParameterizedTest
  @EnumSource(TransferStrategy.class)
  void loadsAndFreezesWhatTheStrategySays(TransferStrategy strategy) {
    boolean loadsTable = strategy != TransferStrategy.NT;
    boolean loadsDense = strategy == TransferStrategy.FT || strategy == TransferStrategy.FT_SF;
    boolean freezes =
        List.of(TransferStrategy.FT_SF, TransferStrategy.ST_SF, TransferStrategy.ITEM_TABLE)
            .contains(strategy);
    try (BufferAllocator memory = new RootAllocator()) {
      Pretrained source = pretrained(memory);
      try (TrainingRun run = begun(Transfer.of(strategy), config(8, 0.01, 2), source, memory)) {
        float[] table = values(run.parameters(), TABLE);
        assertThat(Arrays.equals(table, source.values().get(TABLE))).isEqualTo(loadsTable);
        assertThat(Arrays.equals(values(run.parameters(), DENSE), source.values().get(DENSE)))
            .isEqualTo(loadsDense);
        run.train(RunListener.NONE);
        assertThat(Arrays.equals(values(run.parameters(), TABLE), table)).isEqualTo(freezes);
        assertThat(values(run.parameters(), DENSE)).isNotEqualTo(source.values().get(DENSE));
        TransferReport report = run.transfer().orElseThrow();
        assertThat(report.parameters()).extracting(Entry::name).containsExactly(TABLE, DENSE);
        assertThat(report.parameters()).extracting(Entry::frozen).containsExactly(freezes, false);
        assertThat(report.parameters())
            .extracting(entry -> entry.origin() == Origin.LOADED)
            .containsExactly(loadsTable, loadsDense);
      }
    }
  }

  @Test
  void withARateOfZeroEverythingStaysAndScoresAreThoseOfTheSource() {
    try (BufferAllocator memory = new RootAllocator()) {
      Pretrained source = pretrained(memory);
      Map<String, Double> before;
      try (TrainingRun run =
          begun(Transfer.of(TransferStrategy.FT), config(8, 0, 2), source, memory)) {
        before = run.train(RunListener.NONE).history().get(1).validation();
        source
            .values()
            .forEach((name, bits) -> assertThat(values(run.parameters(), name)).isEqualTo(bits));
      }
      // The source's own last epoch, measured by its own run.
      try (TrainingRun run = open(config(8, 0.01, 1), memory)) {
        assertThat(run.train(RunListener.NONE).history().get(1).validation()).isEqualTo(before);
      }
    }
  }

  @Test
  void matchesRowsByRawIdAndCountsNewOnes() {
    try (BufferAllocator memory = new RootAllocator()) {
      Pretrained source = pretrained(memory);
      // Row r stands for id i(r + 3): the last three ids are new.
      Map<String, Vocabulary> shifted = read(vocabulary(4, memory), memory);
      try (TrainingRun run = open(config(8, 0.01, 2), memory);
          TransferSource from = TransferSource.open(source.bundle(), memory)) {
        float[] drawn = values(run.parameters(), TABLE);
        TransferReport report =
            run.begin(Transfer.of(TransferStrategy.ST), Optional.of(from), shifted);
        float[] table = values(run.parameters(), TABLE);
        float[] theirs = requireNonNull(source.values().get(TABLE));
        assertThat(Arrays.copyOf(table, 8)).isEqualTo(Arrays.copyOf(theirs, 8));
        int known = Toy.ITEMS - 3;
        assertThat(Arrays.copyOfRange(table, 8, (known + 1) * 8))
            .isEqualTo(Arrays.copyOfRange(theirs, 4 * 8, theirs.length));
        assertThat(Arrays.copyOfRange(table, (known + 1) * 8, table.length))
            .isEqualTo(Arrays.copyOfRange(drawn, (known + 1) * 8, drawn.length));
        assertThat(report.parameters().get(0).rows()).isEqualTo(known);
        assertThat(report.parameters().get(0).newRows()).isEqualTo(3);
        assertThat(report.lines()).anyMatch(line -> line.contains("37 rows known, 3 new"));
      }
    }
  }

  @Test
  void aBundleRecordsItsTransfer() {
    try (BufferAllocator memory = new RootAllocator()) {
      Pretrained source = pretrained(memory);
      RunConfig config = config(8, 0.01, 2);
      try (TrainingRun run = begun(Transfer.of(TransferStrategy.ST_SF), config, source, memory)) {
        Path target = folder.resolve("target");
        ModelBundle.write(
            target,
            IfExists.FAIL,
            Toy.registry(),
            TrainedModel.of(
                config, data(), run, Map.of(Schema.ITEM, source.vocabulary()), Map.of()));
        assertThat(BundleReader.open(target).json(TransferReport.FILE).as(TransferReport.class))
            .isEqualTo(run.transfer().orElseThrow());
      }
    }
  }

  @Test
  void aRunWithAnotherTransferIsAnotherRun() {
    try (BufferAllocator memory = new RootAllocator()) {
      Pretrained source = pretrained(memory);
      CheckpointStore checkpoints = new CheckpointStore(folder.resolve("c"), 1, damaged -> {});
      RunConfig config = config(8, 0.01, 2);
      try (TrainingRun run = begun(Transfer.of(TransferStrategy.ST), config, source, memory)) {
        run.train(RunListener.NONE, Optional.of(checkpoints), Long.MAX_VALUE);
      }
      try (TrainingRun run = begun(Transfer.of(TransferStrategy.FT), config, source, memory)) {
        assertThatThrownBy(
                () -> run.train(RunListener.NONE, Optional.of(checkpoints), Long.MAX_VALUE))
            .hasMessageContaining("[GR/OtherRun]");
      }
    }
  }

  private static void assertRefused(String id, String hint, Runnable action) {
    assertThatThrownBy(action::run)
        .isInstanceOf(GenRecException.class)
        .hasMessageContaining("[GR/" + id + "]")
        .hasMessageContaining(hint);
  }

  private void withSource(Consumer<BufferAllocator> test) {
    try (BufferAllocator memory = new RootAllocator()) {
      test.accept(memory);
    }
  }

  @Test
  void refusesWhatCannotBe() {
    withSource(
        memory -> {
          Pretrained source = pretrained(memory);
          assertRefused(
              "IncompatibleWidth",
              "set the model's dim to 8",
              () -> begun(Transfer.of(TransferStrategy.ST), config(4, 1, 1), source, memory));
          TransferPlan unknown =
              new TransferPlan(List.of(ParameterPattern.of("embeding/item")), List.of());
          assertRefused(
              "PatternMatchesNothing",
              "did you mean \"embedding/item\"?",
              () -> begun(Transfer.of(unknown), config(8, 1, 1), source, memory));
          TransferPlan loaded = new TransferPlan(List.of(), List.of(ParameterPattern.of("x/**")));
          assertRefused(
              "PatternMatchesNothing",
              "known: embedding/item, toy/w",
              () -> begun(Transfer.of(loaded), config(8, 1, 1), source, memory));
          try (TrainingRun run = open(config(8, 1, 1), memory)) {
            assertRefused(
                "MissingSource",
                "pretrained",
                () -> run.begin(Transfer.of(TransferStrategy.FT), Optional.empty(), Map.of()));
            try (TransferSource from = TransferSource.open(source.bundle(), memory)) {
              assertRefused(
                  "NotFrozen",
                  TABLE,
                  () ->
                      run.begin(
                          Transfer.of(TransferStrategy.ST_SF),
                          Optional.of(from),
                          read(source.vocabulary(), memory)));
            }
          }
          assertRefused(
              "MissingBundle",
              "nowhere",
              () -> TransferSource.open(folder.resolve("nowhere"), memory).close());
        });
  }

  @Test
  void namesStrategiesAsThePaperDoes() {
    assertThat(TransferStrategy.named("ST&SF")).isEqualTo(TransferStrategy.ST_SF);
    assertThat(TransferStrategy.named("ft")).isEqualTo(TransferStrategy.FT);
    assertThat(TransferStrategy.named("item-table")).isEqualTo(TransferStrategy.ITEM_TABLE);
    assertRefused(
        "UnknownStrategy",
        "known: FT, FT_SF, ITEM_TABLE, NT, ST, ST_SF; did you mean \"FT_SF\"?",
        () -> TransferStrategy.named("FT_SD"));
  }

  @Test
  void aPlanIsReadFromJson() {
    TransferPlan plan =
        Toy.config("{\"load\": [{\"kind\": \"embedding\"}], \"freeze\": [{\"pattern\": \"a/*\"}]}")
            .as(TransferPlan.class);
    assertThat(plan)
        .isEqualTo(
            new TransferPlan(
                List.of(ParameterPattern.of(Kind.EMBEDDING)), List.of(ParameterPattern.of("a/*"))));
  }
}
