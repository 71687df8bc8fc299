package io.genrec.engine.run;

import io.genrec.api.GenRecException;
import io.genrec.api.config.StrictConfig;
import io.genrec.api.sequence.Fields;
import io.genrec.api.sequence.Histories;
import io.genrec.api.sequence.Schema;
import io.genrec.api.storage.Checksum;
import io.genrec.api.task.Label;
import io.genrec.api.task.RankingSet;
import io.genrec.api.task.Task;
import io.genrec.api.training.SamplerContext;
import io.genrec.engine.evaluation.ImpressionEvaluator;
import io.genrec.engine.evaluation.ImpressionScores;
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
import io.genrec.engine.wiring.Registry;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import org.apache.arrow.memory.BufferAllocator;
import org.apiguardian.api.API;

/**
 * Trains a ranking model as it would be in service: each day is first predicted, by a model that
 * has learned from all days before it, then learned from in one pass. The metrics are prequential:
 * no impression is measured after it was learned from.
 *
 * <p>With a {@link CheckpointStore} a run that was killed continues after the last whole day and
 * ends with the same bits. Not thread-safe.
 */
@API(status = API.Status.EXPERIMENTAL, since = "0.1")
public final class DayByDay {
  private static final String CUMULATED = "cumulated/";
  private static final String USERS = "scores/users";
  private static final String PREDICTIONS = "scores/predictions/";
  private static final String TRUTHS = "scores/truths/";

  private final RunConfig config;
  private final Data data;
  private final Registry registry;
  private final Device device;
  private final BufferAllocator memory;
  private final Model model;
  private final Task task;

  /**
   * A day.
   *
   * @param name such as {@code 2022-04-25}
   * @param training what is learned from it, and from when on
   * @param questions its impressions; empty for what is only learned from
   */
  public record Day(String name, Histories training, Optional<RankingSet> questions) {}

  /**
   * The days.
   *
   * @param contentHash the hash of the data set
   * @param fields what events, items and users have, fitted on what comes before the first question
   * @param counts how often each item is an event; index 0 is unused
   * @param days in their order
   */
  @SuppressWarnings("ArrayRecordComponent")
  public record Data(String contentHash, Fields fields, long[] counts, List<Day> days) {
    /** Copies the list. */
    public Data {
      days = List.copyOf(days);
    }
  }

  /**
   * What came of a day.
   *
   * @param day its name
   * @param step the optimizer steps at its end
   * @param loss the mean training loss
   * @param seconds what training took
   * @param impressions how many were measured
   * @param metrics of its own impressions, before they were learned from
   * @param cumulated of all impressions so far
   */
  public record DayReport(
      String day,
      long step,
      double loss,
      double seconds,
      int impressions,
      Map<String, Double> metrics,
      Map<String, Double> cumulated) {}

  /**
   * Prepares a run.
   *
   * @throws GenRecException {@code [GR/NotARanker]} if the model predicts items; otherwise if the
   *     configuration names what is not there or does not fit the data
   */
  public DayByDay(
      RunConfig config, Data data, Registry registry, Device device, BufferAllocator memory) {
    this.config = config;
    this.data = data;
    this.registry = registry;
    this.device = device;
    this.memory = memory;
    Schema schema = ModelBuilder.schema(config.model(), data.fields());
    this.model = ModelBuilder.model(config, schema, registry);
    this.task = registry.task(config.task(), schema);
    if (model.ranker().isEmpty()) {
      throw new GenRecException(
          "NotARanker",
          "task \""
              + config.task().at("/name").as(String.class)
              + "\" predicts items, and days are measured by impressions; use a ranking task, such"
              + " as ranking-interleaved");
    }
  }

  /**
   * Refuses what {@link #run} would refuse once it is under way, so that nothing is removed in its
   * favour in vain.
   *
   * @throws GenRecException if the groups, the optimizer, the loss or the settings of training do
   *     not fit the model and the data
   */
  public void requireSound() {
    List<TaskExamples> examples = examples();
    try (ParameterStore parameters = new ParameterStore(model.parameters().values(), memory);
        Optimizer optimizer = optimizer(parameters, examples)) {
      for (int day = 0; day < examples.size(); day++) {
        if (examples.get(day).size() > 0) {
          trainer(day, examples.get(day), parameters, optimizer).close();
          return;
        }
      }
    }
  }

  private List<TaskExamples> examples() {
    return data.days().stream().map(day -> new TaskExamples(task, day.training())).toList();
  }

  private Optimizer optimizer(ParameterStore parameters, List<TaskExamples> examples) {
    long total =
        examples.stream().mapToLong(day -> config.training().stepsPerEpoch(day.size())).sum();
    return config.optimizer().optimizer(parameters, config.groups(), Math.max(1, total), memory);
  }

  /**
   * Goes through all days.
   *
   * @param checkpoints where the run is saved after each day, and where it continues from
   * @param listener is told of each day that was done now
   * @return all days, those that were done before too
   * @throws GenRecException {@code [GR/NotFinite]}; {@code [GR/OtherRun]}
   */
  public List<DayReport> run(Optional<CheckpointStore> checkpoints, Consumer<DayReport> listener) {
    List<TaskExamples> examples = examples();
    List<DayReport> reports = new ArrayList<>();
    try (ParameterStore parameters = new ParameterStore(model.parameters().values(), memory);
        Optimizer optimizer = optimizer(parameters, examples);
        ImpressionEvaluator evaluator =
            new ImpressionEvaluator(
                model,
                task,
                memory,
                config.training().onThisMachine().workers(),
                config.training().session(device))) {
      parameters.initialise(config.seed());
      ImpressionScores scores = none();
      Optional<Checkpoint> latest = checkpoints.flatMap(CheckpointStore::latest);
      if (latest.isPresent()) {
        try (Checkpoint checkpoint = latest.get()) {
          RunState.requireOwn(checkpoint.state(), configHash());
          RunState.restore(checkpoint.tensors(), parameters, optimizer);
          scores = read(checkpoint.tensors());
          checkpoint.state().history().forEach(day -> reports.add(report(day)));
        }
      }
      while (reports.size() < data.days().size()) {
        int number = reports.size();
        Day day = data.days().get(number);
        ImpressionScores own = none();
        if (day.questions().isPresent()) {
          optimizer.catchUpAll();
          own = evaluator.evaluate(day.questions().get(), parameters::column);
          scores = scores.and(own);
        }
        DayReport report = learn(number, examples.get(number), own, scores, parameters, optimizer);
        reports.add(report);
        if (checkpoints.isPresent()) {
          save(checkpoints.get(), reports, scores, parameters, optimizer);
        }
        listener.accept(report);
      }
    }
    return reports;
  }

  private DayReport learn(
      int number,
      TaskExamples examples,
      ImpressionScores own,
      ImpressionScores scores,
      ParameterStore parameters,
      Optimizer optimizer) {
    long begin = optimizer.completedSteps();
    double loss = 0;
    double weight = 0;
    long nanos = 0;
    long step = begin;
    if (examples.size() > 0) {
      try (Trainer trainer = trainer(number, examples, parameters, optimizer)) {
        long end = begin + trainer.stepsPerEpoch();
        while (step < end) {
          for (StepReport report : trainer.run(step, end)) {
            step++;
            loss += report.lossSum();
            weight += report.weight();
            nanos += report.nanos();
          }
        }
      }
    }
    return new DayReport(
        data.days().get(number).name(),
        step,
        weight == 0 ? 0 : loss / weight,
        nanos * 1e-9,
        own.users().length,
        own.users().length == 0 ? Map.of() : own.metrics(),
        own.users().length == 0 ? Map.of() : scores.metrics());
  }

  private Trainer trainer(
      int day, TaskExamples examples, ParameterStore parameters, Optimizer optimizer) {
    return new Trainer(
        model,
        task,
        registry.loss(config.loss()),
        registry.sampler(config.sampler(), new SamplerContext(data.counts())),
        examples,
        parameters,
        optimizer,
        config.training().onThisMachine(),
        config.seed(),
        new Start(optimizer.completedSteps(), day),
        device,
        memory);
  }

  private ImpressionScores none() {
    int labels = task.labels().size();
    return new ImpressionScores(
        task.labels(), new int[0], new float[labels][0], new float[labels][0]);
  }

  // Checkpoints.

  /** Two runs are one only if each of their days begins at one moment, whatever it is called. */
  private String configHash() {
    String days =
        data.days().stream()
            .map(day -> day.name() + "@" + day.training().learnedFrom())
            .collect(Collectors.joining(","));
    return Checksum.sha256(
        StrictConfig.toJson(config.withWorkers(1)) + data.contentHash() + "|days|" + days);
  }

  private void save(
      CheckpointStore checkpoints,
      List<DayReport> reports,
      ImpressionScores scores,
      ParameterStore parameters,
      Optimizer optimizer) {
    List<HostTensor> tensors = RunState.tensors(parameters, optimizer);
    long[] users = Arrays.stream(scores.users()).asLongStream().toArray();
    tensors.add(HostTensor.of(USERS, users, users.length));
    for (int i = 0; i < scores.labels().size(); i++) {
      String name = scores.labels().get(i).name();
      tensors.add(HostTensor.of(PREDICTIONS + name, scores.predictions()[i], users.length));
      tensors.add(HostTensor.of(TRUTHS + name, scores.truths()[i], users.length));
    }
    List<CheckpointState.Measured> measured = new ArrayList<>();
    for (int day = 0; day < reports.size(); day++) {
      measured.add(measured(day, reports.get(day)));
    }
    checkpoints.save(
        new CheckpointState(
            reports.get(reports.size() - 1).step(),
            reports.size(),
            null,
            config.seed(),
            configHash(),
            measured),
        tensors);
  }

  private ImpressionScores read(SafeTensors tensors) {
    long[] users = longs(tensors.read(USERS));
    List<Label> labels = task.labels();
    float[][] predictions = new float[labels.size()][users.length];
    float[][] truths = new float[labels.size()][users.length];
    for (int i = 0; i < labels.size(); i++) {
      tensors.read(PREDICTIONS + labels.get(i).name()).floats().get(predictions[i]);
      tensors.read(TRUTHS + labels.get(i).name()).floats().get(truths[i]);
    }
    return new ImpressionScores(
        labels, Arrays.stream(users).mapToInt(Math::toIntExact).toArray(), predictions, truths);
  }

  private static long[] longs(HostTensor tensor) {
    long[] values = new long[tensor.longs().remaining()];
    tensor.longs().get(values);
    return values;
  }

  private static CheckpointState.Measured measured(int day, DayReport report) {
    Map<String, Double> metrics = new LinkedHashMap<>(report.metrics());
    report.cumulated().forEach((name, value) -> metrics.put(CUMULATED + name, value));
    metrics.put("loss", report.loss());
    metrics.put("seconds", report.seconds());
    metrics.put("impressions", (double) report.impressions());
    return new CheckpointState.Measured(report.step(), day, metrics);
  }

  private DayReport report(CheckpointState.Measured measured) {
    Map<String, Double> own = new LinkedHashMap<>();
    Map<String, Double> cumulated = new LinkedHashMap<>();
    measured
        .metrics()
        .forEach(
            (name, value) -> {
              if (name.startsWith(CUMULATED)) {
                cumulated.put(name.substring(CUMULATED.length()), value);
              } else if (name.contains("/")) {
                own.put(name, value);
              }
            });
    return new DayReport(
        data.days().get(measured.epoch()).name(),
        measured.step(),
        measured.metrics().getOrDefault("loss", 0.0),
        measured.metrics().getOrDefault("seconds", 0.0),
        measured.metrics().getOrDefault("impressions", 0.0).intValue(),
        own,
        cumulated);
  }
}
