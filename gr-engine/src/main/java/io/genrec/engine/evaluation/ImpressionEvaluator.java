package io.genrec.engine.evaluation;

import io.genrec.api.sequence.Batch;
import io.genrec.api.sequence.Batch.Column;
import io.genrec.api.sequence.TokenRow;
import io.genrec.api.task.Label;
import io.genrec.api.task.RankingCase;
import io.genrec.api.task.RankingSet;
import io.genrec.api.task.Task;
import io.genrec.engine.model.Model;
import io.genrec.engine.runtime.CompiledGraph;
import io.genrec.engine.runtime.Device;
import io.genrec.engine.runtime.SessionSettings;
import io.genrec.engine.runtime.Workers;
import java.nio.FloatBuffer;
import java.nio.LongBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Future;
import java.util.function.Function;
import org.apache.arrow.memory.BufferAllocator;
import org.apiguardian.api.API;
import org.jspecify.annotations.Nullable;

/**
 * Predicts what comes of impressions, each as a candidate after its history. Owns a compiled graph
 * until it is closed; one evaluation at a time.
 */
@API(status = API.Status.EXPERIMENTAL, since = "0.1")
public final class ImpressionEvaluator implements AutoCloseable {
  /** Bounds a run's matrices of attention by two tokens. */
  private static final long MAX_CELLS = 4L << 20;

  private final Task task;
  private final BufferAllocator memory;
  private final int workers;
  private final Chunks chunks;
  private final CompiledGraph graph;
  private final boolean together;

  /**
   * An evaluator for a model's predictions.
   *
   * @param workers how many batches are scored at a time
   * @param device where they are scored
   */
  public ImpressionEvaluator(
      Model model, Task task, BufferAllocator memory, int workers, Device device) {
    this(model, task, memory, workers, SessionSettings.on(device));
  }

  /**
   * An evaluator for a model's predictions.
   *
   * @param workers how many batches are scored at a time
   * @param settings how they are scored
   */
  public ImpressionEvaluator(
      Model model, Task task, BufferAllocator memory, int workers, SessionSettings settings) {
    this.task = task;
    this.memory = memory;
    this.workers = workers;
    this.chunks = Chunks.on(settings.device(), MAX_CELLS);
    this.graph = CompiledGraph.of(model.outcomes(), settings);
    this.together = model.encoder().capabilities().independentCandidates();
  }

  /** Where each question's impressions stand among all, and how many tokens it is. */
  @SuppressWarnings("ArrayRecordComponent")
  private record Layout(int[] begins, int[] lengths, int impressions) {
    static Layout of(RankingSet questions, Task task) {
      int[] begins = new int[questions.size()];
      int[] lengths = new int[questions.size()];
      int impressions = 0;
      for (int i = 0; i < begins.length; i++) {
        RankingCase question = questions.get(i);
        begins[i] = impressions;
        lengths[i] = task.requestLength(question.history(), question.impressions().size());
        impressions += question.impressions().size();
      }
      return new Layout(begins, lengths, impressions);
    }
  }

  /**
   * Predicts all impressions: those of a question together, or one at a time if the encoder's
   * candidates would see each other.
   *
   * @param parameters finds the values of a parameter
   */
  public ImpressionScores evaluate(
      RankingSet asked, Function<String, @Nullable Column> parameters) {
    RankingSet questions = together ? asked : new SingleImpressions(asked);
    Layout layout = Layout.of(questions, task);
    int labels = task.labels().size();
    ImpressionScores scores =
        new ImpressionScores(
            task.labels(),
            new int[layout.impressions()],
            new float[labels][layout.impressions()],
            new float[labels][layout.impressions()]);
    List<List<Integer>> runs = chunks.of(layout.lengths(), 1);
    try (Workers pool = new Workers(workers)) {
      List<Future<Integer>> parts = new ArrayList<>();
      for (int worker = 0; worker < workers; worker++) {
        int first = worker;
        parts.add(pool.submit(() -> score(questions, layout, runs, first, parameters, scores)));
      }
      parts.forEach(Workers::await);
    }
    return scores;
  }

  /** Every so many chunks; each impression has its own place, so workers do not meet. */
  private int score(
      RankingSet questions,
      Layout layout,
      List<List<Integer>> runs,
      int first,
      Function<String, @Nullable Column> parameters,
      ImpressionScores scores) {
    int done = 0;
    try (Batch inputs = new Batch(memory);
        Batch outputs = new Batch(memory)) {
      for (int i = first; i < runs.size(); i += workers) {
        List<Integer> chunk = runs.get(i);
        int length = layout.lengths()[chunk.get(0)];
        inputs.clear();
        TokenRow row = new TokenRow(inputs, chunk.size(), length, task.columns().inputs());
        int most =
            chunk.stream().mapToInt(q -> questions.get(q).impressions().size()).max().orElse(1);
        LongBuffer places = inputs.longs(Model.LABELLED, chunk.size(), most);
        for (int b = 0; b < chunk.size(); b++) {
          RankingCase question = questions.get(chunk.get(b));
          task.writeRequest(question.history(), question.impressions(), question.at(), row.at(b));
          // Candidates are the last tokens.
          int count = question.impressions().size();
          for (int c = 0; c < count; c++) {
            places.put(b * most + c, layout.lengths()[chunk.get(b)] - count + c + 1L);
          }
        }
        graph.run(
            name ->
                inputs.columns().containsKey(name) ? inputs.column(name) : parameters.apply(name),
            outputs);
        for (int b = 0; b < chunk.size(); b++) {
          int question = chunk.get(b);
          read(questions.get(question), layout, question, b * most, outputs, scores, task);
        }
        done += chunk.size();
      }
    }
    return done;
  }

  private static void read(
      RankingCase question,
      Layout layout,
      int index,
      int row,
      Batch outputs,
      ImpressionScores scores,
      Task task) {
    int count = question.impressions().size();
    int place = layout.begins()[index];
    for (int l = 0; l < scores.labels().size(); l++) {
      Label label = scores.labels().get(l);
      FloatBuffer values = outputs.column(Model.PREDICTION + label.name()).bytes().asFloatBuffer();
      for (int c = 0; c < count; c++) {
        scores.predictions()[l][place + c] = values.get(row + c);
        scores.truths()[l][place + c] = task.outcome(label, question.impressions(), c);
      }
    }
    for (int c = 0; c < count; c++) {
      scores.users()[place + c] = question.user();
    }
  }

  @Override
  public void close() {
    graph.close();
  }
}
