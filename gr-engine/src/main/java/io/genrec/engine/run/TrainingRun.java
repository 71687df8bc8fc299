package io.genrec.engine.run;

import io.genrec.api.GenRecException;
import io.genrec.api.config.StrictConfig;
import io.genrec.api.sequence.Batch;
import io.genrec.api.sequence.Batch.Column;
import io.genrec.api.sequence.Schema;
import io.genrec.api.sequence.Vocabulary;
import io.genrec.api.storage.Checksum;
import io.genrec.api.task.Task;
import io.genrec.api.training.Loss;
import io.genrec.api.training.Sampler;
import io.genrec.api.training.SamplerContext;
import io.genrec.engine.model.Model;
import io.genrec.engine.optimizer.Optimizer;
import io.genrec.engine.optimizer.ParameterStore;
import io.genrec.engine.runtime.Device;
import io.genrec.engine.storage.Checkpoint;
import io.genrec.engine.storage.CheckpointState;
import io.genrec.engine.storage.CheckpointStore;
import io.genrec.engine.storage.HostTensor;
import io.genrec.engine.storage.SafeTensors;
import io.genrec.engine.training.Start;
import io.genrec.engine.training.StepReport;
import io.genrec.engine.training.TaskExamples;
import io.genrec.engine.training.Trainer;
import io.genrec.engine.training.TrainingSettings;
import io.genrec.engine.transfer.Continuation;
import io.genrec.engine.transfer.Transfer;
import io.genrec.engine.transfer.TransferReport;
import io.genrec.engine.transfer.TransferSource;
import io.genrec.engine.wiring.Registry;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.util.AutoCloseables;
import org.apiguardian.api.API;

/**
 * Trains the model of a configuration: passes over the data, evaluation, choice of the best pass,
 * early stop, checkpoints.
 *
 * <p>With a {@link CheckpointStore} a run that was killed at any moment continues where its newest
 * checkpoint stands and ends with the same bits, on a processor of the same type and with compiled
 * kernels then and now, or neither time. Which ones {@code "kernels": "auto"} found is in no
 * checkpoint: a run that may continue elsewhere says {@code "onnx"}. Owns parameters, optimizer and
 * sessions until it is closed. Not thread-safe.
 */
@API(status = API.Status.EXPERIMENTAL, since = "0.1")
public final class TrainingRun implements AutoCloseable {
  /** The metric that chooses the pass of a model that predicts items. */
  public static final String CHOOSING_METRIC = "ndcg@10";

  private static final String VALIDATION = "validation/";
  private static final String MONITOR = "monitor/";
  private static final String BEST = "best/";
  private static final String PARTIAL = "run/partial";
  private static final int SUMS = 6;

  private final RunConfig config;
  private final TrainingData data;
  private final Model model;
  private final Task task;
  private final ParameterStore parameters;
  private final Optimizer optimizer;
  private final int workers;
  private final Trainer trainer;
  private final Questions questions;
  private final Batch best;
  private final Start start;
  private final List<EpochReport> history = new ArrayList<>();
  private long step;
  private Partial partial = new Partial();
  private Optional<TransferReport> transfer = Optional.empty();

  /** Sums of a pass that is under way. */
  private static final class Partial {
    private double loss;
    private double weight;
    private long tokens;
    private long offered;
    private long nanos;
    private long inside;

    void add(StepReport report) {
      loss += report.lossSum();
      weight += report.weight();
      tokens += report.tokens();
      offered += report.offered();
      nanos += report.nanos();
      inside += report.insideNanos();
    }
  }

  /**
   * Prepares a run; the parameters have their first values.
   *
   * @throws GenRecException if the configuration names what is not there or does not fit the data
   */
  public TrainingRun(
      RunConfig config,
      TrainingData data,
      Registry registry,
      Device device,
      BufferAllocator memory) {
    this(config, data, registry, device, Start.FRESH, memory);
  }

  /**
   * Prepares a run that goes on where another model's training ended.
   *
   * @param from the model; only read here
   * @param vocabularies the raw ids of each of the model's features
   * @throws GenRecException as the other constructor, and as {@link Continuation#begin}
   */
  public static TrainingRun continuing(
      Continuation from,
      Map<String, ? extends Vocabulary> vocabularies,
      RunConfig config,
      TrainingData data,
      Registry registry,
      Device device,
      BufferAllocator memory) {
    TrainingRun run = new TrainingRun(config, data, registry, device, from.start(), memory);
    try {
      run.transfer =
          Optional.of(from.begin(run.model, run.parameters, run.optimizer, vocabularies));
      return run;
    } catch (RuntimeException | Error e) {
      AutoCloseables.close(e, run);
      throw e;
    }
  }

  private TrainingRun(
      RunConfig config,
      TrainingData data,
      Registry registry,
      Device device,
      Start start,
      BufferAllocator memory) {
    this.config = config;
    this.data = data;
    this.start = start;
    this.step = start.step();
    Schema schema = ModelBuilder.schema(config.model(), data.fields());
    this.model = ModelBuilder.model(config, schema, registry);
    this.task = registry.task(config.task(), schema);
    Loss loss = registry.loss(config.loss());
    Sampler sampler = registry.sampler(config.sampler(), new SamplerContext(data.counts()));
    Deque<AutoCloseable> opened = new ArrayDeque<>();
    try {
      this.parameters = opened(opened, new ParameterStore(model.parameters().values(), memory));
      parameters.initialise(config.seed());
      TaskExamples examples = new TaskExamples(task, data.training());
      TrainingSettings training = config.training().onThisMachine();
      this.workers = training.workers();
      int stepsPerEpoch = Math.max(1, training.stepsPerEpoch(examples.size()));
      long total = Math.max(1L, start.step() + (long) config.epochs() * stepsPerEpoch);
      this.optimizer =
          opened(opened, config.optimizer().optimizer(parameters, config.groups(), total, memory));
      this.trainer =
          opened(
              opened,
              new Trainer(
                  model,
                  task,
                  loss,
                  sampler,
                  examples,
                  parameters,
                  optimizer,
                  training,
                  config.seed(),
                  start,
                  device,
                  memory));
      this.questions = opened(opened, Questions.of(model, task, data, training, device, memory));
      this.best = opened(opened, new Batch(memory));
    } catch (RuntimeException | Error e) {
      AutoCloseables.close(e, opened);
      throw e;
    }
  }

  private static <T extends AutoCloseable> T opened(Deque<AutoCloseable> open, T resource) {
    open.push(resource);
    return resource;
  }

  /**
   * Begins with values of another model, before {@link #train}. What the transfer freezes must be
   * among the configuration's groups: {@link RunConfig#withFirstGroups}.
   *
   * @param source where from; empty if nothing is loaded
   * @param vocabularies the raw ids of each of the model's features
   * @return what was done to each parameter
   * @throws GenRecException {@code [GR/NotFrozen]} if the configuration trains what the transfer
   *     freezes; otherwise as {@link Transfer#apply}
   */
  public TransferReport begin(
      Transfer how,
      Optional<TransferSource> source,
      Map<String, ? extends Vocabulary> vocabularies) {
    TransferReport report = how.apply(source, model, parameters, vocabularies);
    report.parameters().stream()
        .filter(entry -> entry.frozen() && optimizer.trainable().contains(entry.name()))
        .findFirst()
        .ifPresent(
            entry -> {
              throw new GenRecException(
                  "NotFrozen",
                  "transfer "
                      + report.strategy()
                      + " freezes parameter \""
                      + entry.name()
                      + "\", but the run trains it; put the plan's frozenGroups() before the"
                      + " configuration's groups");
            });
    transfer = Optional.of(report);
    return report;
  }

  /** What values the run began with, if they came of another model. */
  public Optional<TransferReport> transfer() {
    return transfer;
  }

  /** The model. */
  public Model model() {
    return model;
  }

  /** The task. */
  public Task task() {
    return task;
  }

  /** The values: the first ones before {@link #train}, those of the chosen pass after it. */
  public ParameterStore parameters() {
    return parameters;
  }

  /**
   * Trains to the end, without checkpoints.
   *
   * @throws GenRecException {@code [GR/NotFinite]} if the loss becomes NaN or infinite
   */
  public RunResult train(RunListener listener) {
    return train(listener, Optional.empty(), Long.MAX_VALUE);
  }

  /**
   * Trains to the end.
   *
   * @param checkpoints where the run is saved after each pass, and where it continues from
   * @param stepsPerCheckpoint logical batches from one checkpoint to the next within a pass; where
   *     several run at once, a checkpoint follows the run that reaches this number
   * @throws GenRecException {@code [GR/NotFinite]} if the loss becomes NaN or infinite; {@code
   *     [GR/OtherRun]} if the checkpoints are those of another configuration or other data
   */
  public RunResult train(
      RunListener listener, Optional<CheckpointStore> checkpoints, long stepsPerCheckpoint) {
    checkpoints
        .flatMap(CheckpointStore::latest)
        .ifPresent(checkpoint -> resume(checkpoint, listener));
    int steps = trainer.stepsPerEpoch();
    while (history.size() < config.epochs() && !stopsEarly()) {
      int epoch = history.size() + 1;
      long end = start.step() + (long) epoch * steps;
      while (step < end) {
        long saved = step / stepsPerCheckpoint;
        for (StepReport report : trainer.run(step, end)) {
          step++;
          partial.add(report);
          listener.step(epoch, (int) (step - end + steps), steps, report);
        }
        if (!listener.goesOn()) {
          optimizer.catchUpAll();
          return new RunResult(history.size(), history.size(), history);
        }
        // A checkpoint stands between two runs, so that the same steps run together after it.
        if (step < end && step / stepsPerCheckpoint > saved) {
          checkpoints.ifPresent(this::save);
        }
      }
      EpochReport report = finish(epoch);
      history.add(report);
      partial = new Partial();
      checkpoints.ifPresent(this::save);
      listener.epoch(report);
    }
    optimizer.catchUpAll();
    int chosen = bestEpoch().map(EpochReport::epoch).orElse(history.size());
    if (chosen != history.size()) {
      restoreBest();
    }
    return new RunResult(history.size(), chosen, history);
  }

  private EpochReport finish(int epoch) {
    boolean due = epoch % config.evaluateEvery() == 0 || epoch == config.epochs();
    Map<String, Double> validation = due ? evaluate(Questions.Part.VALIDATION) : Map.of();
    Map<String, Double> monitor = due ? evaluate(Questions.Part.MONITOR) : Map.of();
    double reached = questions.quality(validation);
    boolean isBest =
        !validation.isEmpty() && bestEpoch().map(before -> reached > chosen(before)).orElse(true);
    if (isBest) {
      keepBest();
    }
    double seconds = partial.nanos * 1e-9;
    return new EpochReport(
        epoch,
        step,
        partial.weight == 0 ? 0 : partial.loss / partial.weight,
        seconds,
        partial.tokens / seconds,
        1 - (double) partial.tokens / partial.offered,
        partial.inside * 1e-9 / seconds / workers,
        validation,
        monitor,
        isBest);
  }

  private Map<String, Double> evaluate(Questions.Part part) {
    if (!questions.has(part)) {
      return Map.of();
    }
    optimizer.catchUpAll();
    return questions.measure(part, parameters::column);
  }

  private double chosen(EpochReport report) {
    return questions.quality(report.validation());
  }

  private Optional<EpochReport> bestEpoch() {
    return history.stream().filter(EpochReport::best).reduce((first, second) -> second);
  }

  private boolean stopsEarly() {
    Integer patience = config.patience();
    if (patience == null || bestEpoch().isEmpty()) {
      return false;
    }
    int bestIndex = history.indexOf(bestEpoch().get());
    long since =
        history.stream()
            .skip(bestIndex + 1L)
            .filter(report -> !report.validation().isEmpty())
            .count();
    return since >= patience;
  }

  private void keepBest() {
    optimizer.catchUpAll();
    model
        .parameters()
        .values()
        .forEach(parameter -> parameters.copyOut(parameter.name(), bestBytes(parameter.name())));
  }

  private ByteBuffer bestBytes(String name) {
    long[] size = parameters.column(name).size();
    best.floats(name, size);
    Column column = best.column(name);
    return column.bytes().duplicate().order(column.bytes().order());
  }

  private void restoreBest() {
    model.parameters().keySet().forEach(name -> parameters.copyIn(name, best.column(name).bytes()));
  }

  // Checkpoints.

  /** The number of workers does not count: it changes nothing. */
  private String configHash() {
    String text =
        StrictConfig.toJson(config.withWorkers(1))
            + data.splitHash()
            + transfer.map(StrictConfig::toJson).orElse("");
    return Checksum.sha256(text);
  }

  private void save(CheckpointStore checkpoints) {
    List<HostTensor> tensors = RunState.tensors(parameters, optimizer);
    best.columns().forEach((name, column) -> tensors.add(HostTensor.of(BEST + name, column)));
    tensors.add(
        HostTensor.of(
            PARTIAL,
            new long[] {
              Double.doubleToLongBits(partial.loss),
              Double.doubleToLongBits(partial.weight),
              partial.tokens,
              partial.offered,
              partial.nanos,
              partial.inside
            },
            SUMS));
    Double bestMetric = bestEpoch().map(this::chosen).orElse(null);
    List<CheckpointState.Measured> measured = history.stream().map(TrainingRun::measured).toList();
    checkpoints.save(
        new CheckpointState(
            step,
            start.epoch() + history.size(),
            bestMetric,
            config.seed(),
            configHash(),
            measured),
        tensors);
  }

  private static CheckpointState.Measured measured(EpochReport report) {
    Map<String, Double> metrics = new LinkedHashMap<>();
    metrics.put("loss", report.loss());
    metrics.put("seconds", report.seconds());
    metrics.put("tokensPerSecond", report.tokensPerSecond());
    metrics.put("sparsity", report.sparsity());
    metrics.put("insideShare", report.insideShare());
    metrics.put("best", report.best() ? 1.0 : 0.0);
    report.validation().forEach((name, value) -> metrics.put(VALIDATION + name, value));
    report.monitor().forEach((name, value) -> metrics.put(MONITOR + name, value));
    return new CheckpointState.Measured(report.step(), report.epoch(), metrics);
  }

  private static EpochReport report(CheckpointState.Measured measured) {
    Map<String, Double> metrics = measured.metrics();
    return new EpochReport(
        measured.epoch(),
        measured.step(),
        metrics.getOrDefault("loss", 0.0),
        metrics.getOrDefault("seconds", 0.0),
        metrics.getOrDefault("tokensPerSecond", 0.0),
        metrics.getOrDefault("sparsity", 0.0),
        metrics.getOrDefault("insideShare", 0.0),
        below(VALIDATION, metrics),
        below(MONITOR, metrics),
        metrics.getOrDefault("best", 0.0) == 1);
  }

  private static Map<String, Double> below(String prefix, Map<String, Double> metrics) {
    Map<String, Double> found = new LinkedHashMap<>();
    metrics.forEach(
        (name, value) -> {
          if (name.startsWith(prefix)) {
            found.put(name.substring(prefix.length()), value);
          }
        });
    return found;
  }

  private void resume(Checkpoint checkpoint, RunListener listener) {
    try (checkpoint) {
      CheckpointState state = checkpoint.state();
      RunState.requireOwn(state, configHash());
      SafeTensors tensors = checkpoint.tensors();
      RunState.restore(tensors, parameters, optimizer);
      for (String name : model.parameters().keySet()) {
        if (tensors.contains(BEST + name)) {
          bestBytes(name).put(tensors.read(BEST + name).data());
        }
      }
      long[] sums = new long[SUMS];
      tensors.read(PARTIAL).longs().get(sums);
      partial.loss = Double.longBitsToDouble(sums[0]);
      partial.weight = Double.longBitsToDouble(sums[1]);
      partial.tokens = sums[2];
      partial.offered = sums[3];
      partial.nanos = sums[4];
      partial.inside = sums[5];
      step = state.step();
      history.clear();
      state.history().forEach(measured -> history.add(report(measured)));
      listener.resumed(history.size(), step);
    }
  }

  @Override
  public void close() {
    trainer.close();
    questions.close();
    optimizer.close();
    parameters.close();
    best.close();
  }
}
