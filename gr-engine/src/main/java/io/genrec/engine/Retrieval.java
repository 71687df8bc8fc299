package io.genrec.engine;

import io.genrec.api.GenRecException;
import io.genrec.api.inference.CacheUse;
import io.genrec.api.inference.InferenceStrategy;
import io.genrec.api.inference.UserVector;
import io.genrec.api.sequence.Batch;
import io.genrec.api.sequence.Batch.Column;
import io.genrec.api.sequence.TokenRow;
import io.genrec.api.task.Task;
import io.genrec.engine.bundle.ModelBundle;
import io.genrec.engine.model.Model;
import io.genrec.engine.runtime.CompiledGraph;
import io.genrec.engine.runtime.SessionSettings;
import it.unimi.dsi.fastutil.ints.IntIterator;
import java.nio.FloatBuffer;
import java.nio.LongBuffer;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.stream.IntStream;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.util.AutoCloseables;

/**
 * Exact retrieval over the whole catalogue: a user vector from the events, by whole histories or as
 * a strategy finds it, then the best rows. The items' vectors are divided by their norms once.
 * Thread-safe; owns its sessions and memory until it is closed, which must not happen during a
 * call.
 */
final class Retrieval implements AutoCloseable {
  private static final int MAX_SEQUENCES = 64;

  /** Bounds a run's matrices of scores by item and of attention by two tokens. */
  private static final long MAX_CELLS = 16L << 20;

  private final ModelBundle bundle;
  private final Task task;
  private final long rows;
  private final Batch units;
  private final Users users;
  private final CompiledGraph retrieve;
  private final BlockingQueue<Workspace> workspaces;
  private final Deque<AutoCloseable> opened = new ArrayDeque<>();

  /** The memory of one call at a time. */
  private record Workspace(Batch inputs, Batch outputs) {}

  /** What was found for a question. */
  record Found(List<Ranked> items, CacheUse cache) {}

  /** Where users' vectors come from. */
  private interface Users {
    /**
     * The vectors of some users.
     *
     * @param workspace its outputs get {@code user [batch, dim]}
     * @return what was known of each history
     */
    List<CacheUse> vectors(List<Question> questions, Workspace workspace);
  }

  /**
   * Opens the sessions.
   *
   * @param strategy gives users' vectors, and is closed by the caller; if empty, they are computed
   *     of whole histories
   */
  Retrieval(
      ModelBundle bundle,
      Optional<InferenceStrategy> strategy,
      SessionSettings settings,
      int concurrency,
      BufferAllocator memory) {
    this.bundle = bundle;
    this.task = bundle.task();
    Model model = bundle.model();
    this.rows = bundle.vocabulary().size() + 1L;
    this.workspaces = new ArrayBlockingQueue<>(concurrency);
    try {
      this.units = opened(new Batch(memory));
      try (CompiledGraph norms = CompiledGraph.of(model.units(), settings)) {
        norms.run(bundle.parameters()::column, units);
      }
      this.users =
          strategy.isPresent()
              ? (questions, workspace) -> asked(strategy.get(), questions, workspace)
              : whole(opened(CompiledGraph.of(model.users(), settings)));
      this.retrieve = opened(CompiledGraph.of(model.retrieve(), settings));
      for (int i = 0; i < concurrency; i++) {
        workspaces.add(new Workspace(opened(new Batch(memory)), opened(new Batch(memory))));
      }
    } catch (RuntimeException | Error e) {
      close();
      throw e;
    }
  }

  private <T extends AutoCloseable> T opened(T resource) {
    opened.push(resource);
    return resource;
  }

  /** The best items of each question, which must have events. */
  List<Found> answer(List<Question> questions) {
    List<Integer> order =
        IntStream.range(0, questions.size())
            .boxed()
            .sorted(Comparator.comparingInt(i -> -length(questions.get(i))))
            .toList();
    Map<Integer, Found> answers = new LinkedHashMap<>();
    Workspace workspace = take();
    try {
      for (int from = 0; from < order.size(); ) {
        int most = sequences(length(questions.get(order.get(from))));
        List<Integer> chunk = order.subList(from, Math.min(order.size(), from + most));
        List<Found> found = run(chunk.stream().map(questions::get).toList(), workspace);
        for (int i = 0; i < chunk.size(); i++) {
          answers.put(chunk.get(i), found.get(i));
        }
        from += chunk.size();
      }
    } finally {
      workspaces.add(workspace);
    }
    return IntStream.range(0, questions.size())
        .mapToObj(i -> java.util.Objects.requireNonNull(answers.get(i)))
        .toList();
  }

  private int length(Question question) {
    return task.requestLength(question.history());
  }

  /** How many sequences of a length are computed in one run. */
  private int sequences(long length) {
    long cells = Math.max(rows, length * length);
    return (int) Math.max(1, Math.min(MAX_SEQUENCES, MAX_CELLS / cells));
  }

  private Workspace take() {
    try {
      return workspaces.take();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new GenRecException(
          "Interrupted", "the thread was interrupted while its request waited for its turn", e);
    }
  }

  private List<Found> run(List<Question> questions, Workspace workspace) {
    Batch inputs = workspace.inputs();
    Batch outputs = workspace.outputs();
    inputs.clear();
    outputs.clear();
    List<CacheUse> uses = users.vectors(questions, workspace);
    writeWishes(questions, inputs);
    retrieve.run(
        name -> find(name, inputs, name.equals(Model.UNIT) ? units::column : outputs::column),
        outputs);
    LongBuffer best = outputs.column(Model.ROWS).bytes().asLongBuffer();
    FloatBuffer scores = outputs.column(Model.SCORES).bytes().asFloatBuffer();
    int given = (int) outputs.column(Model.ROWS).size()[1];
    List<Found> answers = new ArrayList<>();
    for (int b = 0; b < questions.size(); b++) {
      Question question = questions.get(b);
      List<Ranked> items = new ArrayList<>();
      for (int i = b * given; i < (b + 1) * given && items.size() < question.k(); i++) {
        int row = (int) best.get(i);
        requireNumber(scores.get(i));
        // Excluded rows, and row 0 ("none"), come last; they are reached if k is large.
        if (row != 0 && !question.excluded().contains(row)) {
          items.add(new Ranked(row, scores.get(i)));
        }
      }
      answers.add(new Found(items, uses.get(b)));
    }
    return answers;
  }

  private static Column find(
      String name, Batch inputs, java.util.function.Function<String, Column> others) {
    return inputs.columns().containsKey(name) ? inputs.column(name) : others.apply(name);
  }

  private Users whole(CompiledGraph graph) {
    return (questions, workspace) -> {
      write(questions, workspace.inputs());
      graph.run(
          name -> find(name, workspace.inputs(), bundle.parameters()::column), workspace.outputs());
      return Collections.nCopies(questions.size(), CacheUse.NONE);
    };
  }

  private void write(List<Question> questions, Batch inputs) {
    int length = questions.stream().mapToInt(this::length).max().orElse(1);
    TokenRow row = new TokenRow(inputs, questions.size(), length, task.features(), List.of());
    for (int b = 0; b < questions.size(); b++) {
      task.writeRequest(questions.get(b).history(), questions.get(b).at(), row.at(b));
    }
  }

  private static List<CacheUse> asked(
      InferenceStrategy strategy, List<Question> questions, Workspace workspace) {
    List<UserVector> vectors =
        strategy.users(questions.stream().map(Question::withoutCandidates).toList());
    int dim = vectors.get(0).values().length;
    FloatBuffer rows = workspace.outputs().floats(Model.USER, vectors.size(), dim);
    for (UserVector vector : vectors) {
      for (double value : vector.values()) {
        rows.put((float) value);
      }
    }
    return vectors.stream().map(UserVector::cache).toList();
  }

  private static void writeWishes(List<Question> questions, Batch inputs) {
    int excluded = questions.stream().mapToInt(q -> q.excluded().size()).max().orElse(0);
    int k = questions.stream().mapToInt(Question::k).max().orElse(1);
    int width = Math.max(1, excluded);
    LongBuffer without = inputs.longs("excluded", questions.size(), width);
    for (int b = 0; b < questions.size(); b++) {
      int at = b * width;
      for (IntIterator i = questions.get(b).excluded().iterator(); i.hasNext(); ) {
        without.put(at++, i.nextInt());
      }
    }
    inputs.longs("k", 1).put(0, k);
  }

  private void requireNumber(float score) {
    if (Float.isNaN(score)) {
      throw new GenRecException(
          "NotANumber",
          "model "
              + bundle.version()
              + " gives scores that are not numbers; look for infinite or NaN weights in its"
              + " bundle (a learning rate that was too high)");
    }
  }

  @Override
  public void close() {
    AutoCloseables.closeNoChecked(() -> AutoCloseables.close(opened));
    opened.clear();
  }
}
