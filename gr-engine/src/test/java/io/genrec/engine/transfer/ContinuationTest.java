package io.genrec.engine.transfer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.genrec.api.GenRecException;
import io.genrec.api.sequence.Fields;
import io.genrec.api.sequence.Histories;
import io.genrec.api.sequence.Schema;
import io.genrec.api.sequence.Vocabulary;
import io.genrec.api.storage.IfExists;
import io.genrec.api.storage.VocabularyFile;
import io.genrec.api.task.EvaluationSet;
import io.genrec.engine.bundle.ModelBundle;
import io.genrec.engine.bundle.SmallModel;
import io.genrec.engine.bundle.TrainedModel;
import io.genrec.engine.evaluation.SeenItems;
import io.genrec.engine.optimizer.ParameterStore;
import io.genrec.engine.run.RunConfig;
import io.genrec.engine.run.RunListener;
import io.genrec.engine.run.RunResult;
import io.genrec.engine.run.TrainingData;
import io.genrec.engine.run.TrainingRun;
import io.genrec.engine.runtime.Device;
import io.genrec.engine.storage.Checkpoint;
import io.genrec.engine.storage.CheckpointStore;
import io.genrec.engine.training.Start;
import io.genrec.engine.training.Toy;
import java.nio.FloatBuffer;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.memory.RootAllocator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A model that goes on to be trained, where its vocabulary is the same and where it has grown. */
class ContinuationTest {
  private static final Histories USERS = Toy.histories(40);
  private static final String TABLE = "embedding/item";

  @TempDir private Path folder = Path.of("");

  private static RunConfig config(String optimizer, int dim, int epochs) {
    return Toy.config(
            """
            {"name": "toy", "model": {"dim": %d, "maxHistory": 12, "outputSlots": 1},
             "encoder": {"name": "toy", "dropout": 0.2, "scale": 0.1}, "task": {"name": "next"},
             "sampler": {"name": "any", "sharing": "position", "count": 5},
             "optimizer": {"name": "%s", "rate": 0.01, "weightDecay": 0.01},
             "training": {"batch": 16, "microBatchTokens": 48}, "epochs": %d}
            """
                .formatted(dim, optimizer, epochs))
        .as(RunConfig.class);
  }

  private static TrainingData data(int items, Optional<EvaluationSet> validation) {
    return new TrainingData(
        "toy",
        "c0",
        "strict",
        "s0",
        Map.of(Schema.ITEM, items),
        USERS,
        validation,
        Optional.empty(),
        SeenItems.ALL,
        new long[items + 1]);
  }

  private Path vocabulary(int first, int items, BufferAllocator memory) {
    return SmallModel.vocabulary(
        folder.resolve("vocabulary" + first + ".arrow"), "i", first, items, memory);
  }

  private static Map<String, Vocabulary> read(Path vocabulary, BufferAllocator memory) {
    return Map.of(Schema.ITEM, VocabularyFile.read(vocabulary, memory));
  }

  private static Map<String, float[]> values(TrainingRun run) {
    Map<String, float[]> values = new LinkedHashMap<>();
    run.model().parameters().keySet().forEach(name -> values.put(name, values(run, name)));
    return values;
  }

  private static float[] values(TrainingRun run, String name) {
    FloatBuffer buffer = run.parameters().column(name).bytes().asFloatBuffer();
    float[] copy = new float[buffer.remaining()];
    buffer.get(copy);
    return copy;
  }

  private CheckpointStore checkpoints() {
    return new CheckpointStore(folder.resolve("checkpoints"), 1, damaged -> {});
  }

  private RunResult train(
      RunConfig config, TrainingData data, Path vocabulary, BufferAllocator memory) {
    try (TrainingRun run = new TrainingRun(config, data, Toy.registry(), Device.CPU, memory)) {
      RunResult result = run.train(RunListener.NONE, Optional.of(checkpoints()), 100);
      ModelBundle.write(
          folder.resolve("model"),
          IfExists.FAIL,
          Toy.registry(),
          TrainedModel.of(config, data, run, Map.of(Schema.ITEM, vocabulary), Map.of()));
      return result;
    }
  }

  /** Two passes and two more are four, to the bit, whatever lags behind or has moments. */
  @ParameterizedTest
  @ValueSource(strings = {"adamw", "replay-adamw", "lazy-adamw", "rowwise-adamw"})
  void goesOnAsIfItHadNeverStopped(String optimizer) {
    TrainingData data = data(Toy.ITEMS, Optional.empty());
    try (BufferAllocator memory = new RootAllocator()) {
      Map<String, float[]> expected;
      RunConfig four = config(optimizer, 8, 4);
      try (TrainingRun run = new TrainingRun(four, data, Toy.registry(), Device.CPU, memory)) {
        run.train(RunListener.NONE);
        expected = values(run);
      }
      Path vocabulary = vocabulary(1, Toy.ITEMS, memory);
      train(config(optimizer, 8, 2), data, vocabulary, memory);
      try (Continuation from =
              Continuation.open(folder.resolve("model"), Optional.of(checkpoints()), memory);
          TrainingRun run =
              TrainingRun.continuing(
                  from,
                  read(vocabulary, memory),
                  config(optimizer, 8, 2),
                  data,
                  Toy.registry(),
                  Device.CPU,
                  memory)) {
        assertThat(from.start()).isEqualTo(new Start(6, 2));
        CheckpointStore own = new CheckpointStore(folder.resolve("own"), 1, damaged -> {});
        run.train(RunListener.NONE, Optional.of(own), 100);
        try (Checkpoint end = own.latest().orElseThrow()) {
          // So that who goes on from here counts all that went before.
          assertThat(end.state().step()).isEqualTo(12);
          assertThat(end.state().epoch()).isEqualTo(4);
        }
        Map<String, float[]> reached = values(run);
        expected.forEach((name, bits) -> assertThat(reached.get(name)).as(name).isEqualTo(bits));
      }
    }
  }

  /** Ids i4 .. keep what they have learned; four new ones begin as a new model's rows do. */
  @Test
  void rowsMoveByRawIdAndNewOnesBeginFresh() {
    int grown = Toy.ITEMS + 1;
    try (BufferAllocator memory = new RootAllocator()) {
      Path old = vocabulary(1, Toy.ITEMS, memory);
      Path shifted = vocabulary(4, grown, memory);
      train(config("adamw", 8, 2), data(Toy.ITEMS, Optional.empty()), old, memory);
      float[] trained;
      try (ModelBundle bundle = ModelBundle.open(folder.resolve("model"), Toy.registry(), memory)) {
        trained = floats(bundle.parameters());
      }
      RunConfig config = config("adamw", 8, 0);
      TrainingData data = data(grown, Optional.empty());
      try (Continuation from =
              Continuation.open(folder.resolve("model"), Optional.of(checkpoints()), memory);
          TrainingRun fresh = new TrainingRun(config, data, Toy.registry(), Device.CPU, memory);
          TrainingRun run =
              TrainingRun.continuing(
                  from, read(shifted, memory), config, data, Toy.registry(), Device.CPU, memory)) {
        float[] begun = values(run, TABLE);
        float[] drawn = values(fresh, TABLE);
        assertThat(Arrays.copyOf(begun, 8)).isEqualTo(Arrays.copyOf(trained, 8));
        for (int row = 1; row <= grown; row++) {
          int there = row + 3;
          boolean known = there <= Toy.ITEMS;
          assertThat(Arrays.copyOfRange(begun, 8 * row, 8 * row + 8))
              .as("row " + row)
              .isEqualTo(
                  known
                      ? Arrays.copyOfRange(trained, 8 * there, 8 * there + 8)
                      : Arrays.copyOfRange(drawn, 8 * row, 8 * row + 8));
        }
        TransferReport report = run.transfer().orElseThrow();
        assertThat(report.strategy()).isEqualTo("continuing step 6 with its moments");
        assertThat(report.parameters())
            .filteredOn(entry -> entry.name().equals(TABLE))
            .singleElement()
            .satisfies(
                entry -> {
                  assertThat(entry.rows()).isEqualTo(Toy.ITEMS - 3);
                  assertThat(entry.newRows()).isEqualTo(4);
                });
      }
    }
  }

  private static float[] floats(ParameterStore parameters) {
    FloatBuffer buffer = parameters.column(TABLE).bytes().asFloatBuffer();
    float[] copy = new float[buffer.remaining()];
    buffer.get(copy);
    return copy;
  }

  /** Moments of another epoch than the one that counts fit nothing; so do none. */
  @Test
  void withoutMomentsOfTheSameValuesStepsCountFromTheBeginning() {
    TrainingData data = data(Toy.ITEMS, Optional.of(Toy.questions(USERS)));
    try (BufferAllocator memory = new RootAllocator()) {
      Path vocabulary = vocabulary(1, Toy.ITEMS, memory);
      RunResult result = train(config("adamw", 8, 25), data, vocabulary, memory);
      assertThat(result.chosenEpoch()).isLessThan(result.epochs());
      for (Optional<CheckpointStore> beside :
          List.of(Optional.of(checkpoints()), Optional.<CheckpointStore>empty())) {
        try (Continuation from = Continuation.open(folder.resolve("model"), beside, memory)) {
          assertThat(from.start()).isEqualTo(Start.FRESH);
          try (TrainingRun run =
              TrainingRun.continuing(
                  from,
                  read(vocabulary, memory),
                  from.configuration(),
                  data,
                  Toy.registry(),
                  Device.CPU,
                  memory)) {
            assertThat(run.transfer().orElseThrow().lines().get(0))
                .contains("continuing without moments");
          }
        }
      }
    }
  }

  @Test
  void anotherModelIsRefused() {
    TrainingData data = data(Toy.ITEMS, Optional.empty());
    try (BufferAllocator memory = new RootAllocator()) {
      Path vocabulary = vocabulary(1, Toy.ITEMS, memory);
      train(config("adamw", 8, 1), data, vocabulary, memory);
      try (Continuation from =
          Continuation.open(folder.resolve("model"), Optional.empty(), memory)) {
        assertThatThrownBy(
                () ->
                    TrainingRun.continuing(
                        from,
                        read(vocabulary, memory),
                        config("adamw", 16, 1),
                        data,
                        Toy.registry(),
                        Device.CPU,
                        memory))
            .isInstanceOf(GenRecException.class)
            .hasMessageContainingAll("[GR/OtherModel]", "toy/w", "16", "leave the configuration");
      }
    }
  }

  @Test
  void numbersStayNormalisedAsTheModelKnowsThem() {
    Fields.Numeric known = new Fields.Numeric("price", Schema.Owner.ITEM, 3, 2, List.of(1.0, 4.0));
    Fields.Numeric other = new Fields.Numeric("price", Schema.Owner.ITEM, 9, 5, List.of(8.0));
    Fields.Numeric added = new Fields.Numeric("size", Schema.Owner.ITEM, 1, 1, List.of());
    Fields.Category item = new Fields.Category("item", 7, Schema.Owner.ITEM);
    Fields merged =
        Continuation.merge(
            new Fields(List.of(), List.of(known), List.of()),
            new Fields(List.of(item), List.of(other, added), List.of("click")));
    assertThat(merged)
        .isEqualTo(new Fields(List.of(item), List.of(known, added), List.of("click")));
  }
}
