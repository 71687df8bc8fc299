package io.genrec.cli;

import io.genrec.api.GenRecException;
import io.genrec.api.graph.Graph;
import io.genrec.api.graph.Parameter;
import io.genrec.api.sequence.Schema;
import io.genrec.api.storage.AtomicFile;
import io.genrec.api.storage.IfExists;
import io.genrec.api.storage.VocabularyFile;
import io.genrec.api.training.Sampler;
import io.genrec.api.training.SamplerContext;
import io.genrec.data.DatasetFiles;
import io.genrec.engine.bundle.ModelBundle;
import io.genrec.engine.bundle.TrainedModel;
import io.genrec.engine.evaluation.ImpressionEvaluator;
import io.genrec.engine.evaluation.OutcomeScores;
import io.genrec.engine.evaluation.TargetRank;
import io.genrec.engine.model.Model;
import io.genrec.engine.run.EpochReport;
import io.genrec.engine.run.RunConfig;
import io.genrec.engine.run.RunResult;
import io.genrec.engine.run.TrainingData;
import io.genrec.engine.run.TrainingRun;
import io.genrec.engine.runtime.Device;
import io.genrec.engine.training.TaskExamples;
import io.genrec.engine.transfer.Transfer;
import io.genrec.engine.transfer.TransferReport;
import io.genrec.engine.transfer.TransferSource;
import io.genrec.engine.wiring.Registry;
import io.genrec.gpsd.ClickData.Part;
import io.genrec.gpsd.ClickTask;
import io.genrec.gpsd.GpsdData;
import io.genrec.gpsd.GpsdRun;
import io.genrec.gpsd.UserScores;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.arrow.memory.BufferAllocator;

/**
 * Runs of GPSD, each into a folder of its own: {@code model/}, {@code run.json}, {@code scores.tsv}
 * of a discriminative one, and {@code checkpoints/} while it runs. A run that was killed continues;
 * a finished one is not repeated.
 *
 * @param dataFolder where the data set lies
 * @param data its samples
 * @param negatives the hash of the file of negatives
 * @param registry the plug-ins
 * @param device where graphs run
 * @param reporter is told of progress
 * @param memory where memory comes from
 */
record GpsdJob(
    Path dataFolder,
    GpsdData data,
    String negatives,
    Registry registry,
    Device device,
    Reporter reporter,
    BufferAllocator memory) {
  static final String SCORES = "scores.tsv";
  static final String NEGATIVES = "negatives.tsv";

  private static final String AUC = "auc/" + ClickTask.CLICK;
  private static final long STEPS_PER_CHECKPOINT = 200;
  private static final List<Integer> CUTOFFS = List.of(1, 5, 10);

  /**
   * Prepares a folder of runs, in which the negatives are written.
   *
   * @throws GenRecException {@code [GR/OutputExists]} if it is a data set
   */
  static GpsdJob of(
      Path dataFolder,
      GpsdData data,
      Path folder,
      Registry registry,
      Device device,
      Reporter reporter,
      BufferAllocator memory) {
    if (Files.exists(folder.resolve(DatasetFiles.INFO))) {
      throw new GenRecException(
          "OutputExists", folder + " is a data set, which no run is written into; give another");
    }
    try {
      Files.createDirectories(folder);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    VocabularyFile items = data.click().data().itemVocabulary(memory);
    String hash = data.click().writeNegatives(folder.resolve(NEGATIVES), items);
    return new GpsdJob(dataFolder, data, hash, registry, device, reporter, memory);
  }

  /** Pretrains. */
  GpsdResult pretrain(String name, RunConfig config, boolean trainUsersOnly, Path folder) {
    TrainingData training = data.pretraining(trainUsersOnly);
    return finished(config, training, Optional.empty(), folder)
        .orElseGet(
            () -> {
              long begin = System.nanoTime();
              try (TrainingRun run = new TrainingRun(config, training, registry, device, memory)) {
                RunResult result = train(run, config, folder);
                write(folder, config, training, run, Map.of());
                return save(name, config, training, run, result, Optional.empty(), begin, folder);
              }
            });
  }

  /**
   * Trains and measures the discriminative task.
   *
   * @param source the pretrained model's bundle; empty if nothing is loaded
   * @param trained the users to train on
   * @param asked the users to ask about
   */
  GpsdResult discriminate(
      String name,
      RunConfig config,
      Transfer transfer,
      Optional<Path> source,
      Part trained,
      Part asked,
      Path folder) {
    TrainingData training = data.discriminative(trained, asked, GpsdRun.candidates(config));
    RunConfig frozen = config.withFirstGroups(transfer.plan().frozenGroups());
    Optional<GpsdResult> before =
        finished(frozen, training, Optional.of(transfer.strategy()), folder);
    if (before.isPresent()) {
      return before.get();
    }
    long begin = System.nanoTime();
    Optional<TransferSource> from = source.map(path -> TransferSource.open(path, memory));
    try (TrainingRun run =
        GpsdRun.open(config, data, trained, asked, transfer, from, registry, device, memory)) {
      TransferReport report = run.transfer().orElseThrow();
      report.lines().forEach(reporter::say);
      RunResult result = train(run, frozen, folder);
      Map<String, Double> metrics = new LinkedHashMap<>();
      metrics.put("AUC", result.history().get(result.history().size() - 1).monitor().get(AUC));
      write(folder, frozen, training, run, metrics);
      writeScores(folder, run, asked, GpsdRun.candidates(config));
      return save(name, frozen, training, run, result, Optional.of(asked), begin, folder);
    } finally {
      from.ifPresent(TransferSource::close);
    }
  }

  /** How many examples a pass of the discriminative task has. */
  int examples(RunConfig config, Part trained) {
    return data.samples().examples(trained, GpsdRun.candidates(config)).size();
  }

  /**
   * Refuses a result of anything but this discriminative run.
   *
   * @param file where it was found
   * @throws GenRecException {@code [GR/OtherRun]}
   */
  void requireOf(
      GpsdResult result, Path file, RunConfig config, Transfer transfer, Part trained, Part asked) {
    result.requireOf(
        file,
        config.withFirstGroups(transfer.plan().frozenGroups()),
        data.discriminative(trained, asked, GpsdRun.candidates(config)).splitHash(),
        Optional.of(transfer.strategy()));
  }

  /** The result that a folder has already, which must be of the same run. */
  private static Optional<GpsdResult> finished(
      RunConfig config, TrainingData training, Optional<String> strategy, Path folder) {
    Path file = folder.resolve(TrainingJob.RUN);
    Optional<GpsdResult> found = GpsdResult.read(file);
    found.ifPresent(result -> result.requireOf(file, config, training.splitHash(), strategy));
    return found;
  }

  private RunResult train(TrainingRun run, RunConfig config, Path folder) {
    return run.train(
        new TrainingProgress(reporter, config.epochs()),
        Optional.of(RunFolder.checkpoints(folder, reporter)),
        STEPS_PER_CHECKPOINT);
  }

  private void write(
      Path folder,
      RunConfig config,
      TrainingData training,
      TrainingRun run,
      Map<String, Double> metrics) {
    Map<String, Path> vocabularies = new LinkedHashMap<>();
    for (Schema.Feature feature : run.model().schema().vocabularies()) {
      vocabularies.put(feature.name(), dataFolder.resolve(DatasetFiles.vocabulary(feature.name())));
    }
    ModelBundle.write(
        folder.resolve(TrainingJob.MODEL),
        IfExists.REPLACE,
        registry,
        TrainedModel.of(config, training, run, vocabularies, metrics));
  }

  private void writeScores(Path folder, TrainingRun run, Part asked, int candidates) {
    try (ImpressionEvaluator evaluator =
        new ImpressionEvaluator(run.model(), run.task(), memory, 1, device)) {
      UserScores scores =
          UserScores.of(
              evaluator
                  .evaluate(data.samples().questions(asked, candidates), run.parameters()::column)
                  .outcome(0));
      StringBuilder text = new StringBuilder("target\tnegative\n");
      for (int i = 0; i < scores.targets().length; i++) {
        text.append(scores.targets()[i]).append('\t').append(scores.negatives()[i]).append('\n');
      }
      AtomicFile.write(
          folder.resolve(SCORES),
          IfExists.REPLACE,
          out -> out.write(text.toString().getBytes(StandardCharsets.UTF_8)));
    }
  }

  /** The scores that a discriminative run wrote. */
  static UserScores scores(Path folder) {
    try {
      List<String> lines = Files.readAllLines(folder.resolve(SCORES));
      float[] targets = new float[lines.size() - 1];
      float[] negatives = new float[targets.length];
      for (int i = 0; i < targets.length; i++) {
        String[] fields = lines.get(i + 1).split("\t", -1);
        targets[i] = Float.parseFloat(fields[0]);
        negatives[i] = Float.parseFloat(fields[1]);
      }
      return new UserScores(targets, negatives);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private GpsdResult save(
      String name,
      RunConfig config,
      TrainingData training,
      TrainingRun run,
      RunResult result,
      Optional<Part> asked,
      long begin,
      Path folder) {
    List<EpochReport> history = result.history();
    boolean tested = asked.isPresent() && asked.get() == Part.TEST;
    Optional<OutcomeScores> many =
        tested && GpsdRun.candidates(config) == 2 ? Optional.of(many(run)) : Optional.empty();
    GpsdResult saved =
        new GpsdResult(
            name,
            training.name() + ", " + data.click().splitName(),
            training.splitHash(),
            negatives,
            config,
            history.stream().map(EpochReport::loss).toList(),
            asked.isPresent() ? series(history, AUC) : List.of(),
            asked.isPresent() ? series(history, "log_loss/" + ClickTask.CLICK) : List.of(),
            many.map(scores -> scores.gauc().value()).orElse(null),
            many.map(GpsdJob::hitRates).orElse(Map.of()),
            tested ? UserScores.popularity(data.click(), training.counts()).auc() : null,
            blockParameters(run.model()),
            config
                .training()
                .stepsPerEpoch(new TaskExamples(run.task(), training.training()).size()),
            config.epochs() * epochFlops(config, training, run),
            (System.nanoTime() - begin) * 1e-9,
            run.transfer().orElse(null),
            Machine.here(device),
            Versions.genrec());
    TrainingJob.writeJson(folder.resolve(TrainingJob.RUN), saved);
    return saved;
  }

  /** What the matrix products of a pass multiply and add; 0 where that cannot be counted. */
  private double epochFlops(RunConfig config, TrainingData training, TrainingRun run) {
    Sampler sampler = registry.sampler(config.sampler(), new SamplerContext(training.counts()));
    Graph step = run.model().training(registry.loss(config.loss()), sampler.sharing(), true);
    Map<String, Long> negatives = Map.of("negatives", (long) sampler.count());
    return TrainingFlops.of(step, run.task(), training.training(), negatives).orElse(0.0);
  }

  private static List<Double> series(List<EpochReport> history, String metric) {
    return history.stream()
        .filter(epoch -> epoch.monitor().containsKey(metric))
        .map(epoch -> epoch.monitor().get(metric))
        .toList();
  }

  /** Each test user's target and further negatives. */
  private OutcomeScores many(TrainingRun run) {
    try (ImpressionEvaluator evaluator =
        new ImpressionEvaluator(run.model(), run.task(), memory, 1, device)) {
      return evaluator
          .evaluate(data.samples().longQuestions(), run.parameters()::column)
          .outcome(0);
    }
  }

  private static Map<String, Double> hitRates(OutcomeScores scores) {
    List<TargetRank> ranks = UserScores.ranks(scores);
    Map<String, Double> rates = new LinkedHashMap<>();
    for (int k : CUTOFFS) {
      rates.put(
          "HR@" + k, ranks.stream().mapToDouble(rank -> rank.hitRate(k)).average().orElseThrow());
    }
    return rates;
  }

  /** The paper counts the layers alone: neither tables, nor heads, nor the last normalisation. */
  static long blockParameters(Model model) {
    return model.parameters().values().stream()
        .filter(parameter -> parameter.name().contains("/layer"))
        .mapToLong(Parameter::entries)
        .sum();
  }
}
