package io.genrec.engine.evaluation;

import io.genrec.api.inference.Baseline;
import io.genrec.api.sequence.Batch;
import io.genrec.api.sequence.Batch.Column;
import io.genrec.api.sequence.TokenRow;
import io.genrec.api.task.EvaluationCase;
import io.genrec.api.task.EvaluationSet;
import io.genrec.api.task.Task;
import io.genrec.engine.model.Model;
import io.genrec.engine.runtime.CompiledGraph;
import io.genrec.engine.runtime.Device;
import io.genrec.engine.runtime.SessionSettings;
import java.nio.FloatBuffer;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
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
  private static final int MAX_SEQUENCES = 64;
  private static final long MAX_SCORES = 16L << 20;

  private final Model model;
  private final Task task;
  private final RankingProtocol protocol;
  private final BufferAllocator memory;
  private final int workers;
  private final CompiledGraph graph;

  /**
   * An evaluator for a model's scores.
   *
   * @param workers how many batches are scored at a time
   * @param device where they are scored
   */
  public CatalogueEvaluator(
      Model model,
      Task task,
      RankingProtocol protocol,
      BufferAllocator memory,
      int workers,
      Device device) {
    this.model = model;
    this.task = task;
    this.protocol = protocol;
    this.memory = memory;
    this.workers = workers;
    this.graph = CompiledGraph.of(model.scores(), SessionSettings.on(device));
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
    List<List<Integer>> chunks = chunks(questions);
    ExecutorService pool = Executors.newFixedThreadPool(workers);
    try {
      List<Future<Map<SeenItems, RankingMetrics>>> parts = new ArrayList<>();
      for (int worker = 0; worker < workers; worker++) {
        int first = worker;
        parts.add(pool.submit(() -> rank(questions, chunks, first, parameters, time)));
      }
      Map<SeenItems, RankingMetrics> all = empty();
      for (Future<Map<SeenItems, RankingMetrics>> part : parts) {
        part.get()
            .forEach(
                (seen, metrics) -> java.util.Objects.requireNonNull(all.get(seen)).merge(metrics));
      }
      return all;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("the evaluation was interrupted", e);
    } catch (ExecutionException e) {
      if (e.getCause() instanceof RuntimeException cause) {
        throw cause;
      }
      throw new IllegalStateException("a worker of the evaluation failed", e);
    } finally {
      pool.shutdownNow();
    }
  }

  private Map<SeenItems, RankingMetrics> empty() {
    Map<SeenItems, RankingMetrics> metrics = new EnumMap<>(SeenItems.class);
    for (SeenItems seen : SeenItems.values()) {
      metrics.put(seen, new RankingMetrics(protocol));
    }
    return metrics;
  }

  /** Sequences of like length stand together. */
  private List<List<Integer>> chunks(EvaluationSet questions) {
    long rows = model.table(io.genrec.api.sequence.Schema.ITEM).size().get(0);
    int size = (int) Math.max(1, Math.min(MAX_SEQUENCES, MAX_SCORES / rows));
    int[] lengths =
        IntStream.range(0, questions.size())
            .map(i -> task.requestLength(questions.get(i).history()))
            .toArray();
    List<Integer> order =
        IntStream.range(0, questions.size())
            .boxed()
            .filter(i -> lengths[i] > 0)
            .sorted((a, b) -> Integer.compare(lengths[b], lengths[a]))
            .toList();
    List<List<Integer>> chunks = new ArrayList<>();
    for (int i = 0; i < order.size(); i += size) {
      chunks.add(order.subList(i, Math.min(order.size(), i + size)));
    }
    return chunks;
  }

  private Map<SeenItems, RankingMetrics> rank(
      EvaluationSet questions,
      List<List<Integer>> chunks,
      int first,
      Function<String, @Nullable Column> parameters,
      RequestTime time) {
    Map<SeenItems, RankingMetrics> metrics = empty();
    try (Batch inputs = new Batch(memory);
        Batch outputs = new Batch(memory)) {
      for (int i = first; i < chunks.size(); i += workers) {
        List<EvaluationCase> chunk = chunks.get(i).stream().map(questions::get).toList();
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
