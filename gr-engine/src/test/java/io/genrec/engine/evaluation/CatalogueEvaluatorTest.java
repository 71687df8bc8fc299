package io.genrec.engine.evaluation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.genrec.api.GenRecException;
import io.genrec.api.sequence.Batch;
import io.genrec.api.sequence.Histories;
import io.genrec.api.sequence.History;
import io.genrec.api.sequence.Schema;
import io.genrec.api.task.EvaluationCase;
import io.genrec.api.task.EvaluationSet;
import io.genrec.api.task.Task;
import io.genrec.engine.model.Model;
import io.genrec.engine.runtime.SessionSettings;
import io.genrec.engine.training.Toy;
import io.genrec.engine.wiring.Registry;
import java.nio.FloatBuffer;
import java.util.Arrays;
import java.util.Map;
import java.util.Random;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.memory.RootAllocator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Ranks of a toy model against the same model in plain loops. */
class CatalogueEvaluatorTest {
  private static final int DIM = 8;
  private static final double SCALE = 0.1;

  private final Histories users = Toy.histories(30);
  private final EvaluationSet questions = Toy.questions(users);
  private final Schema schema = Toy.schema();
  private final Registry registry = Toy.registry();
  private final Task task = registry.task(Toy.config("{\"name\": \"next\"}"), schema);
  private final Model model = Toy.model(registry, schema, 0, SCALE);

  private void fill(Batch parameters) {
    Random random = new Random(9);
    model
        .parameters()
        .values()
        .forEach(
            parameter -> {
              FloatBuffer values =
                  parameters.floats(
                      parameter.name(),
                      parameter.size().stream().mapToLong(Long::longValue).toArray());
              while (values.hasRemaining()) {
                values.put((float) random.nextGaussian());
              }
            });
  }

  /**
   * Scores by the toy encoder's definition: tanh((scale * sum of tokens + 4 * last) W) times each
   * normalised item.
   */
  private static float[] scores(Batch parameters, History shown) {
    FloatBuffer table = parameters.column("embedding/item").bytes().asFloatBuffer();
    FloatBuffer w = parameters.column("toy/w").bytes().asFloatBuffer();
    double[] x = new double[DIM];
    for (int d = 0; d < DIM; d++) {
      for (int i = 0; i < shown.size(); i++) {
        double weight = SCALE + (i == shown.size() - 1 ? 4 : 0);
        x[d] += weight * table.get(shown.category(Schema.ITEM, i) * DIM + d);
      }
    }
    float[] scores = new float[Toy.ITEMS + 1];
    for (int row = 1; row <= Toy.ITEMS; row++) {
      double product = 0;
      double square = 0;
      for (int c = 0; c < DIM; c++) {
        double sum = 0;
        for (int d = 0; d < DIM; d++) {
          sum += x[d] * w.get(d * DIM + c);
        }
        double item = table.get(row * DIM + c);
        product += Math.tanh(sum) * item;
        square += item * item;
      }
      scores[row] = (float) (product / Math.sqrt(square));
    }
    return scores;
  }

  /**
   * The place of the target among the items that are left, from 1; 0 if the target itself is taken
   * out.
   */
  private static double place(float[] scores, int target, int[] removed) {
    if (Arrays.stream(removed).anyMatch(row -> row == target)) {
      return 0;
    }
    int place = 1;
    for (int row = 1; row < scores.length; row++) {
      int candidate = row;
      if (scores[row] > scores[target] && Arrays.stream(removed).noneMatch(r -> r == candidate)) {
        place++;
      }
    }
    return place;
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 3})
  void ranksAsPlainLoopsDo(int workers) {
    RankingProtocol protocol = RankingProtocol.full();
    try (BufferAllocator memory = new RootAllocator();
        Batch parameters = new Batch(memory);
        CatalogueEvaluator evaluator =
            new CatalogueEvaluator(model, task, protocol, memory, workers, SessionSettings.cpu())) {
      fill(parameters);
      Map<SeenItems, RankingMetrics> found =
          evaluator.evaluate(questions, parameters::column, RequestTime.TARGET);
      for (SeenItems seen : SeenItems.values()) {
        RankingMetrics metrics = java.util.Objects.requireNonNull(found.get(seen));
        assertThat(metrics.size()).isEqualTo(users.size());
        double[] reciprocal = metrics.perUser("mrr");
        for (int user = 0; user < users.size(); user++) {
          EvaluationCase question = questions.get(user);
          History history = question.history();
          float[] scores = scores(parameters, history.last(schema.maxHistory()));
          int most = seen == SeenItems.MODEL_INPUT ? schema.maxHistory() : history.size();
          History removed = history.last(seen == SeenItems.NONE ? 0 : most);
          int[] rows = new int[removed.size()];
          Arrays.setAll(rows, i -> removed.category(Schema.ITEM, i));
          double place = place(scores, question.target(), rows);
          assertThat(reciprocal[user])
              .as("user %d, %s", user, seen)
              .isEqualTo(place == 0 ? 0 : 1 / place);
        }
      }
    }
  }

  @Test
  void theModelsInputIsTheMostRecentPart() {
    History history = users.get(0);
    int size = history.size();
    assertThat(SeenItems.ALL.of(history, 2)).hasSize(size);
    assertThat(SeenItems.NONE.of(history, 2)).isEmpty();
    assertThat(SeenItems.MODEL_INPUT.of(history, 2))
        .containsExactly(
            history.category(Schema.ITEM, size - 2), history.category(Schema.ITEM, size - 1));
  }

  @Test
  void aModelIsToldTheTargetsTimeOrTheLastEvents() {
    EvaluationCase question = new EvaluationCase(0, users.get(0).slice(0, 2), 5, 77_000, false);
    assertThat(RequestTime.TARGET.of(question)).isEqualTo(77_000);
    assertThat(RequestTime.LAST_EVENT.of(question)).isEqualTo(1_000);
  }

  @Test
  void aFailureLeavesNothingBehind() {
    try (BufferAllocator memory = new RootAllocator();
        CatalogueEvaluator evaluator =
            new CatalogueEvaluator(
                model, task, RankingProtocol.full(), memory, 3, SessionSettings.cpu())) {
      assertThatThrownBy(() -> evaluator.evaluate(questions, name -> null, RequestTime.TARGET))
          .isInstanceOf(GenRecException.class)
          .hasMessageContaining("[GR/WrongInput]");
      assertThat(memory.getAllocatedMemory()).isZero();
    }
  }
}
