package io.genrec.engine.optimizer;

import static java.util.Objects.requireNonNull;

import io.genrec.api.GenRecException;
import io.genrec.api.graph.Parameter;
import io.genrec.api.sequence.Batch.Column;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Consumer;
import org.apache.arrow.memory.BufferAllocator;

/**
 * AdamW over all parameters: those that are not tables as a whole, tables in the way that the
 * configuration names.
 */
final class AdamOptimizer implements Optimizer {
  private static final String STEP = "adam/step";

  /** How many blocks of a gradient a worker squares at a time. */
  private static final int BLOCKS = 64;

  private final OptimizerConfig config;
  private final ParameterStore store;
  private final List<ParameterGroup> groups;
  private final AdamRule rule;
  private final Map<String, ParameterUpdate> updates = new LinkedHashMap<>();
  private final Map<String, OffHeap> state = new LinkedHashMap<>();
  private double gradientNorm;

  AdamOptimizer(
      OptimizerConfig config,
      ParameterStore store,
      List<ParameterGroup> groups,
      long totalSteps,
      BufferAllocator memory) {
    this.config = config;
    this.store = store;
    this.groups = List.copyOf(groups);
    this.rule = new AdamRule(config, totalSteps);
    Map<Parameter, ParameterGroup.Training> trainings =
        ParameterGroup.resolve(store.parameters(), groups, config.weightDecay());
    try {
      state.put(STEP, OffHeap.longs(STEP, memory, 1));
      trainings.forEach(
          (parameter, training) -> {
            if (!training.frozen()) {
              add(parameter, training, memory);
            }
          });
    } catch (RuntimeException | Error e) {
      close();
      throw e;
    }
  }

  private void add(Parameter parameter, ParameterGroup.Training training, BufferAllocator memory) {
    Moments moments = new Moments(parameter, memory, state);
    OffHeap values = store.memory(parameter.name());
    int dim = ParameterStore.rowEntries(parameter);
    boolean table = parameter.kind() == Parameter.Kind.EMBEDDING;
    updates.put(
        parameter.name(),
        switch (table ? config.name() : OptimizerConfig.Name.ADAMW) {
          case ADAMW -> new WholeUpdate(rule, training, values, moments);
          case REPLAY_ADAMW -> new ReplayUpdate(rule, training, values, moments, dim);
          case LAZY_ADAMW -> new LazyUpdate(rule, training, values, moments, dim);
          case ROWWISE_ADAMW -> new RowwiseUpdate(rule, training, values, moments, dim);
        });
  }

  @Override
  public Set<String> trainable() {
    return Collections.unmodifiableSet(updates.keySet());
  }

  @Override
  public void step(GradientSet gradients, double totalWeight, long step) {
    step(gradients, totalWeight, step, pieces -> pieces.forEach(Runnable::run));
  }

  @Override
  public void step(
      GradientSet gradients, double totalWeight, long step, Consumer<List<Runnable>> runner) {
    requireNext(totalWeight, step);
    Map<String, GradientView> views = new LinkedHashMap<>();
    gradients
        .byParameter()
        .forEach(
            (name, gradient) -> views.put(name, GradientView.of(store.parameter(name), gradient)));
    update(views, totalWeight, step, runner);
  }

  @Override
  public void step(
      GradientSum sum,
      int microBatches,
      double totalWeight,
      long step,
      Consumer<List<Runnable>> runner) {
    requireNext(totalWeight, step);
    update(sum.views(microBatches, runner), totalWeight, step, runner);
  }

  private void requireNext(double totalWeight, long step) {
    requireWeight(totalWeight);
    if (step != completedSteps() + 1) {
      throw new IllegalArgumentException(
          "step " + step + " cannot follow step " + completedSteps() + "; steps count from 1");
    }
  }

  private void update(
      Map<String, GradientView> given,
      double totalWeight,
      long step,
      Consumer<List<Runnable>> runner) {
    Map<String, GradientView> views = trained(given);
    double norm = Math.sqrt(squares(views, runner)) / totalWeight;
    // As torch.nn.utils.clip_grad_norm_ does.
    Double clipNorm = config.clipNorm();
    double clip = clipNorm == null ? 1 : Math.min(1, clipNorm / (norm + 1e-6));
    float scale = (float) (clip / totalWeight);
    List<Runnable> pieces = new ArrayList<>();
    updates.forEach(
        (name, update) -> pieces.addAll(update.step(requireNonNull(views.get(name)), scale, step)));
    runner.accept(pieces);
    gradientNorm = norm;
    completed().putLong(0, step);
  }

  static void requireWeight(double totalWeight) {
    if (!(totalWeight > 0 && Double.isFinite(totalWeight))) {
      throw new IllegalArgumentException(
          "the weight of a batch must be above 0 and finite but is " + totalWeight);
    }
  }

  @Override
  public GraphUpdate inGraph(Set<String> partial) {
    StepFormula formula = config.formula(store.parameters(), groups, partial);
    return new GraphUpdate(
        this,
        rule,
        formula,
        name -> state.containsKey(name) ? requireNonNull(state.get(name)) : store.memory(name));
  }

  /**
   * Takes note of steps that were made elsewhere.
   *
   * @param rows the rows that they moved, of tables of which they moved some only
   */
  void completed(int steps, double norm, Map<String, long[]> rows) {
    long now = completedSteps() + steps;
    for (String table : updates.keySet()) {
      OffHeap lastStep = state.get(Moments.lastStep(table));
      if (lastStep != null) {
        long[] some = rows.get(table);
        long count = some == null ? lastStep.entries() : some.length;
        for (int i = 0; i < count; i++) {
          lastStep.putLong(some == null ? i : some[i], now);
        }
      }
    }
    gradientNorm = norm;
    completed().putLong(0, now);
  }

  /** The gradients of all parameters that are updated, in the parameters' order. */
  private Map<String, GradientView> trained(Map<String, GradientView> given) {
    Map<String, GradientView> views = new LinkedHashMap<>();
    for (String name : updates.keySet()) {
      GradientView gradient = given.get(name);
      if (gradient == null) {
        throw new GenRecException(
            "MissingGradient",
            "parameter \""
                + name
                + "\" has no gradient; freeze it if it is not to be trained, else give one (for a"
                + " table that no sequence touches, of no rows); gradients were given for "
                + given.keySet());
      }
      views.put(name, gradient);
    }
    return views;
  }

  private double squares(Map<String, GradientView> views, Consumer<List<Runnable>> runner) {
    Map<GradientView, double[]> squaresOf = new LinkedHashMap<>();
    List<Runnable> pieces = new ArrayList<>();
    for (GradientView view : views.values()) {
      double[] known = view.knownSquares();
      if (known != null) {
        squaresOf.put(view, known);
        continue;
      }
      double[] squares = new double[view.blocks()];
      squaresOf.put(view, squares);
      for (int from = 0; from < squares.length; from += BLOCKS) {
        int begin = from;
        int end = Math.min(from + BLOCKS, squares.length);
        pieces.add(() -> view.squares(begin, end, squares));
      }
    }
    if (!pieces.isEmpty()) {
      runner.accept(pieces);
    }
    double total = 0;
    for (GradientView view : views.values()) {
      // Always added in this order, whoever computed them.
      double squares = 0;
      for (double block : requireNonNull(squaresOf.get(view))) {
        squares += block;
      }
      if (!Double.isFinite(squares)) {
        throw new GenRecException(
            "NotFinite",
            "the gradient of parameter \""
                + view.parameter().name()
                + "\" is "
                + view.firstNotFinite()
                + " in step "
                + (completedSteps() + 1)
                + "; no parameter was changed; lower the rate, set clipNorm or warmupSteps, or look"
                + " for bad numbers in the data");
      }
      total += squares;
    }
    return total;
  }

  @Override
  public void catchUp(String table, long[] rows) {
    long end = ParameterStore.rows(store.parameter(table));
    ParameterUpdate update = updates.get(table);
    for (long row : rows) {
      if (row < 0 || row >= end) {
        throw ParameterStore.noSuchRow(table, row, end);
      }
      if (update != null) {
        update.catchUp(row, completedSteps());
      }
    }
  }

  @Override
  public void catchUpAll() {
    updates.values().forEach(update -> update.catchUpAll(completedSteps()));
  }

  @Override
  public long completedSteps() {
    return completed().getLong(0);
  }

  private OffHeap completed() {
    return requireNonNull(state.get(STEP), "the optimizer is closed");
  }

  @Override
  public double gradientNorm() {
    return gradientNorm;
  }

  @Override
  public Map<String, Column> state() {
    Map<String, Column> columns = new LinkedHashMap<>();
    state.forEach((name, memory) -> columns.put(name, memory.column()));
    return Collections.unmodifiableMap(columns);
  }

  @Override
  public void restore(Map<String, Column> from) {
    restore(from, Map.of());
  }

  @Override
  public void restore(Map<String, Column> from, Map<String, int[]> rows) {
    Set<String> missing = new TreeSet<>(state.keySet());
    missing.removeAll(from.keySet());
    Set<String> unknown = new TreeSet<>(from.keySet());
    unknown.removeAll(state.keySet());
    if (!missing.isEmpty() || !unknown.isEmpty()) {
      throw new GenRecException(
          "WrongState",
          "the state is of another optimizer, model or choice of frozen parameters: missing "
              + missing
              + ", unknown "
              + unknown
              + "; continue with the configuration that wrote it, or begin without state");
    }
    state.forEach(
        (name, memory) -> {
          Column column = requireNonNull(from.get(name));
          int[] moved = rows.get(Moments.parameter(name));
          if (moved == null ? !memory.fits(column) : !memory.fitsRows(column)) {
            throw new GenRecException(
                "WrongState",
                "state \""
                    + name
                    + "\" is "
                    + column
                    + " but this optimizer needs "
                    + memory.column()
                    + "; continue with the configuration that wrote it, or begin without state");
          }
        });
    state.forEach(
        (name, memory) -> {
          Column column = requireNonNull(from.get(name));
          int[] moved = rows.get(Moments.parameter(name));
          if (moved == null) {
            memory.copyIn(column.bytes());
          } else {
            memory.copyRows(column, moved);
          }
        });
    updates.keySet().forEach(table -> bringUpToDate(table, rows.getOrDefault(table, new int[0])));
    gradientNorm = 0;
  }

  /** A new row missed no step. */
  private void bringUpToDate(String table, int[] moved) {
    OffHeap lastStep = state.get(Moments.lastStep(table));
    for (int row = 0; lastStep != null && row < moved.length; row++) {
      if (moved[row] < 0) {
        lastStep.putLong(row, completedSteps());
      }
    }
  }

  @Override
  public void close() {
    List<OffHeap> open = new ArrayList<>(state.values());
    state.clear();
    updates.clear();
    open.forEach(OffHeap::close);
  }
}
