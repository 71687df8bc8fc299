package io.genrec.engine.evaluation;

import io.genrec.api.inference.Baseline;
import io.genrec.api.sequence.Batch;
import io.genrec.api.sequence.Batch.Column;
import io.genrec.api.sequence.Schema;
import io.genrec.api.sequence.TokenRow;
import io.genrec.api.task.EvaluationCase;
import io.genrec.api.task.EvaluationSet;
import io.genrec.api.task.Task;
import io.genrec.engine.model.Model;
import io.genrec.engine.runtime.CompiledGraph;
import io.genrec.engine.runtime.SessionSettings;
import io.genrec.engine.runtime.Workers;
import java.nio.FloatBuffer;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.Future;
import java.util.function.Function;
import java.util.stream.IntStream;
import org.apache.arrow.memory.BufferAllocator;
import org.apiguardian.api.API;
import org.jspecify.annotations.Nullable;

/**
 * Ranks each user's target among the whole catalogue. Owns a compiled graph until it is closed; one
 * evaluation at a time.
 */
@API(status = API.Status.EXPERIMENTAL, since = "0.1")
public final class CatalogueEvaluator implements AutoCloseable {
  /** Bounds a run's matrices of scores by item and of attention by two tokens. */
  private static final long MAX_CELLS = 16L << 20;

  private final Model model;
  private final Task task;
  private final RankingProtocol protocol;
  private final BufferAllocator memory;
  private final int workers;
  private final Chunks chunks;
  private final CompiledGraph graph;

  /**
   * An evaluator for a model's scores.
   *
   * @param workers how many batches are scored at a time
   * @param session how each of them is run
   */
  public CatalogueEvaluator(
      Model model,
      Task task,
      RankingProtocol protocol,
      BufferAllocator memory,
      int workers,
      SessionSettings session) {
    this.model = model;
    this.task = task;
    this.protocol = protocol;
    this.memory = memory;
    this.workers = workers;
    this.chunks = Chunks.on(session.device(), MAX_CELLS);
    this.graph = CompiledGraph.of(model.scores(), session);
  }

  /**
   * Ranks all targets.
   *
   * @param parameters finds the values of a parameter
   * @param time what the model is told
   * @return the ranks for each way to take seen items out
   */
  public Map<SeenItems, RankingMetrics> evaluate(
      EvaluationSet questions, Function<String, @Nullable Column> parameters, RequestTime time) {
    int[] lengths =
        IntStream.range(0, questions.size())
            .map(i -> task.requestLength(questions.get(i).history()))
            .toArray();
    List<List<Integer>> runs = chunks.of(lengths, model.table(Schema.ITEM).size().get(0));
    Map<SeenItems, RankingMetrics> all = empty();
    // A user of whom the model knows nothing is a miss.
    for (int i = 0; i < lengths.length; i++) {
      if (lengths[i] == 0) {
        int user = questions.get(i).user();
        all.values().forEach(metrics -> metrics.add(user, TargetRank.ABSENT));
      }
    }
    try (Workers pool = new Workers(workers)) {
      List<Future<Map<SeenItems, RankingMetrics>>> parts = new ArrayList<>();
      for (int worker = 0; worker < workers; worker++) {
        int first = worker;
        parts.add(pool.submit(() -> rank(questions, runs, first, parameters, time)));
      }
      for (Future<Map<SeenItems, RankingMetrics>> part : parts) {
        Workers.await(part)
            .forEach((seen, metrics) -> Objects.requireNonNull(all.get(seen)).merge(metrics));
      }
    }
    return all;
  }

  private Map<SeenItems, RankingMetrics> empty() {
    Map<SeenItems, RankingMetrics> metrics = new EnumMap<>(SeenItems.class);
    for (SeenItems seen : SeenItems.values()) {
      metrics.put(seen, new RankingMetrics(protocol));
    }
    return metrics;
  }

  private Map<SeenItems, RankingMetrics> rank(
      EvaluationSet questions,
      List<List<Integer>> runs,
      int first,
      Function<String, @Nullable Column> parameters,
      RequestTime time) {
    Map<SeenItems, RankingMetrics> metrics = empty();
    try (Batch inputs = new Batch(memory);
        Batch outputs = new Batch(memory)) {
      for (int i = first; i < runs.size(); i += workers) {
        List<EvaluationCase> chunk = runs.get(i).stream().map(questions::get).toList();
        write(chunk, inputs, time);
        Function<String, @Nullable Column> find =
            name ->
                inputs.columns().containsKey(name) ? inputs.column(name) : parameters.apply(name);
        graph.run(find, outputs);
        Column scores = outputs.column(Model.SCORES);
        FloatBuffer matrix = scores.bytes().asFloatBuffer();
        int rows = (int) scores.size()[1];
        for (int b = 0; b < chunk.size(); b++) {
          EvaluationCase question = chunk.get(b);
          // Row 0 stands for "none" and takes no part.
          CatalogueScores catalogue = new CatalogueScores(matrix, b * rows + 1, rows - 1, 1);
          metrics.forEach(
              (seen, ranks) ->
                  ranks.add(
                      question.user(),
                      catalogue.rank(
                          question.target(),
                          seen.of(question.history(), model.schema().maxHistory()))));
        }
      }
    }
    return metrics;
  }

  private void write(List<EvaluationCase> chunk, Batch inputs, RequestTime time) {
    int length =
        chunk.stream().mapToInt(question -> task.requestLength(question.history())).max().orElse(1);
    inputs.clear();
    TokenRow row = new TokenRow(inputs, chunk.size(), length, task.features(), List.of());
    for (int b = 0; b < chunk.size(); b++) {
      task.writeRequest(chunk.get(b).history(), time.of(chunk.get(b)), row.at(b));
    }
  }

  /** Ranks all targets by a baseline's scores, taking all earlier items out. */
  public static RankingMetrics evaluate(
      Baseline baseline, int items, EvaluationSet questions, RankingProtocol protocol) {
    RankingMetrics metrics = new RankingMetrics(protocol);
    float[] scores = new float[items + 1];
    for (int i = 0; i < questions.size(); i++) {
      EvaluationCase question = questions.get(i);
      baseline.score(question.history(), scores);
      int[] seen = SeenItems.ALL.of(question.history(), Integer.MAX_VALUE);
      metrics.add(question.user(), CatalogueScores.byRow(scores).rank(question.target(), seen));
    }
    return metrics;
  }

  @Override
  public void close() {
    graph.close();
  }
}
