package io.genrec.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.data.Offset.offset;

import io.genrec.api.config.StrictConfig;
import io.genrec.api.sequence.Schema;
import io.genrec.api.task.RankingCase;
import io.genrec.api.task.RankingSet;
import io.genrec.api.task.Task;
import io.genrec.data.Split;
import io.genrec.engine.evaluation.ImpressionEvaluator;
import io.genrec.engine.evaluation.ImpressionScores;
import io.genrec.engine.model.Model;
import io.genrec.engine.optimizer.ParameterStore;
import io.genrec.engine.run.ModelBuilder;
import io.genrec.engine.run.RunConfig;
import io.genrec.engine.runtime.Device;
import io.genrec.engine.wiring.Registry;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.memory.RootAllocator;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Impressions that are predicted together are predicted as each alone. */
class ImpressionChunksTest {
  /** The most questions of one run. */
  private static final int TOGETHER = 64;

  @TempDir private Path folder = Path.of("");

  /** Users with one to twelve moments of one to four impressions. */
  private Path data() {
    Random random = new Random(8);
    StringBuilder log = new StringBuilder("who,what,when,click\n");
    for (int user = 0; user < 50; user++) {
      for (int moment = 0; moment <= user % 12; moment++) {
        int shown = 1 + random.nextInt(4);
        for (int impression = 0; impression < shown; impression++) {
          log.append(
              "u%d,i%d,%d,%d\n"
                  .formatted(user, random.nextInt(20), 100 * moment + user, random.nextInt(2)));
        }
      }
    }
    Cli.write(folder.resolve("log.csv"), log.toString());
    Path mapping =
        Cli.write(
            folder.resolve("shown.json"),
            """
            {"name": "shown", "events": {"files": ["log.csv"], "format": "csv"},
             "user": "who", "item": "what", "time": "when", "duplicates": "keep",
             "actions": {"names": ["click"]}}
            """);
    Path data = folder.resolve("data");
    Cli.succeed("prepare", mapping, "--out", data);
    return data;
  }

  private static RunConfig config(String task, String encoder) {
    return StrictConfig.parse(
            "test",
            """
            {"name": "chunks",
             "model": {"dim": 8, "maxHistory": 9, "outputSlots": 30},
             "encoder": {"name": "%s"},
             "task": {"name": "%s", "labels": [{"name": "click"}]},
             "loss": {"name": "multitask", "weight": 1}, "epochs": 1}
            """
                .formatted(encoder, task))
        .as(RunConfig.class);
  }

  @ParameterizedTest
  @CsvSource({
    "ranking-interleaved, hstu",
    "ranking, hstu",
    "ranking, llama",
    "ranking, gru4rec", // whose candidates would see each other
  })
  void togetherAsAlone(String task, String encoder) {
    try (BufferAllocator memory = new RootAllocator();
        OpenData open = OpenData.open(data(), Split.impressions(300, 350), null, memory)) {
      RankingSet questions = open.impressions(Split.Part.TEST, false);
      assertThat(questions.size()).isGreaterThan(2 * TOGETHER);
      assertThat(questions.size() % TOGETHER).as("questions of the last run").isPositive();
      RunConfig config = config(task, encoder);
      Registry registry = Registry.onClassPath();
      Schema schema = ModelBuilder.schema(config.model(), open.training(false).fields());
      Model model = ModelBuilder.model(config, schema, registry);
      Task made = registry.task(config.task(), schema);
      try (ParameterStore values = new ParameterStore(model.parameters().values(), memory)) {
        values.initialise(3);
        List<ImpressionScores> found = new ArrayList<>();
        for (int workers = 1; workers <= 3; workers++) {
          try (ImpressionEvaluator evaluator =
              new ImpressionEvaluator(model, made, memory, workers, Device.CPU)) {
            found.add(evaluator.evaluate(questions, values::column));
            if (workers == 1) {
              found.add(alone(evaluator, questions, values));
            }
          }
        }
        ImpressionScores alone = found.remove(1);
        for (ImpressionScores together : found) {
          assertThat(together.users()).isEqualTo(alone.users());
          assertThat(together.truths()[0]).isEqualTo(alone.truths()[0]);
          assertThat(together.predictions()[0])
              .isEqualTo(found.get(0).predictions()[0])
              .containsExactly(alone.predictions()[0], offset(1e-5f));
        }
        float[] logits = alone.predictions()[0];
        assertThat(IntStream.range(0, logits.length).mapToObj(i -> logits[i]).distinct().count())
            .isGreaterThan(logits.length / 2);
      }
    }
  }

  private static ImpressionScores alone(
      ImpressionEvaluator evaluator, RankingSet questions, ParameterStore values) {
    List<ImpressionScores> each = new ArrayList<>();
    for (int i = 0; i < questions.size(); i++) {
      RankingCase asked = questions.get(i);
      for (int k = 0; k < asked.impressions().size(); k++) {
        RankingCase one =
            new RankingCase(
                asked.user(), asked.history(), asked.impressions().slice(k, k + 1), asked.at());
        each.add(evaluator.evaluate(only(one), values::column));
      }
    }
    return each.stream().reduce(ImpressionScores::and).orElseThrow();
  }

  private static RankingSet only(RankingCase question) {
    return new RankingSet() {
      @Override
      public int size() {
        return 1;
      }

      @Override
      public RankingCase get(int i) {
        return question;
      }
    };
  }
}
