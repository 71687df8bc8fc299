package io.genrec.cli;

import io.genrec.api.GenRecException;
import io.genrec.api.training.Sampler;
import io.genrec.api.training.SamplerContext;
import io.genrec.data.Split;
import io.genrec.engine.model.Model;
import io.genrec.engine.program.Program;
import io.genrec.engine.run.RunConfig;
import io.genrec.engine.run.TrainingData;
import io.genrec.engine.run.TrainingRun;
import io.genrec.engine.training.StepReport;
import io.genrec.engine.wiring.Plugins;
import io.genrec.engine.wiring.Registry;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.memory.RootAllocator;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code genrec bench train}: the steps of a real training run, timed. */
@Command(
    name = "train",
    header = "Time the steps of a training run.",
    description = {
      "Trains HSTU on one made-up batch again and again, or with --data and --config as \"genrec"
          + " train\" does but without evaluation. Medians leave the first steps out.",
      "",
      "\"outside_ort_share\" is the workers' time outside ONNX Runtime: \"java_share\" of it"
          + " processors worked, \"waiting_share\" of it workers waited, for each other or for a"
          + " processor.",
      ""
    },
    sortOptions = false,
    footer = {
      "",
      "Examples:",
      "  genrec bench train --length 50",
      "  genrec bench train --layers 8 --batch 32 --json",
      "  genrec bench train --set training/microBatchTokens=2048",
      "  genrec bench train --users 1000000 --steps 40",
      "  genrec bench train --data data/ml-1m --config ml-1m-hstu --steps 48",
      "  genrec bench train --config ml-1m-hstu --items 3706 --link-gb-per-s 25"
    })
final class BenchTrain extends Subcommand {
  private static final int WARM_UP = 5;
  private static final int LOSS_STEP = 50;
  private static final double SECOND = 1e9;
  private static final double MILLISECOND = 1e6;
  private static final String PUBLISHED = "ml-1m-hstu";

  @Option(names = "--batch", description = "Sequences of a step (default: ${DEFAULT-VALUE}).")
  private int batch = 128;

  @Option(names = "--length", description = "Tokens of a sequence (default: ${DEFAULT-VALUE}).")
  private int length = 200;

  @Option(names = "--dim", description = "The model's width (default: ${DEFAULT-VALUE}).")
  private int dim = 64;

  @Option(names = "--heads", description = "Attention heads (default: ${DEFAULT-VALUE}).")
  private int heads = 2;

  @Option(names = "--layers", description = "Layers (default: ${DEFAULT-VALUE}).")
  private int layers = 2;

  @Option(names = "--items", description = "Items to choose from (default: ${DEFAULT-VALUE}).")
  private int items = 4000;

  @Option(
      names = "--users",
      paramLabel = "N",
      description =
          "Made-up users in an Arrow file in place of one batch again and again. The file is"
              + " written to the system's folder for temporary files (Java's java.io.tmpdir), 12"
              + " bytes an event, read in place and deleted at the end.")
  private @Nullable Integer users;

  @Option(names = "--negatives", description = "Negatives of a draw (default: ${DEFAULT-VALUE}).")
  private int negatives = 128;

  @Option(
      names = "--sharing",
      description = "Who shares a draw: position, sequence or batch (default: ${DEFAULT-VALUE}).")
  private String sharing = "batch";

  @Option(names = "--steps", description = "Steps, at least 6 (default: ${DEFAULT-VALUE}).")
  private int steps = LOSS_STEP + 1;

  @Option(
      names = "--config",
      paramLabel = "CONFIG",
      description = "A configuration in place of the options above.")
  private @Nullable String config;

  @Option(
      names = {"-d", "--data"},
      paramLabel = "DIR",
      description = "A data set in place of the made-up batch, with the protocol \"strict\".")
  private @Nullable Path folder;

  @Option(
      names = "--set",
      paramLabel = "KEY=VALUE",
      description = "Change a value of the configuration, for example training/workers=1.")
  private Map<String, String> edits = new LinkedHashMap<>();

  @Mixin private LinkOption link = new LinkOption();
  @Mixin private DeviceOption device = new DeviceOption();
  @Mixin private PluginOption plugins = new PluginOption();

  BenchTrain(Terminal terminal) {
    super(terminal);
  }

  @Override
  Answer run(Reporter reporter) {
    if (users != null && users < 1) {
      throw new GenRecException("InvalidValue", "--users must be at least 1 but is " + users);
    }
    if (steps <= WARM_UP) {
      throw new GenRecException(
          "InvalidValue", "--steps must be at least " + (WARM_UP + 1) + " but is " + steps);
    }
    link.check();
    try (BufferAllocator memory = new RootAllocator();
        Plugins loaded = plugins.load()) {
      Registry registry = Registry.of(loaded.list());
      if (folder == null && users != null) {
        try (MadeUpUsers made = MadeUpUsers.write(users, length + 1, items, memory)) {
          return measure(made.training(), registry, reporter, memory);
        }
      }
      if (folder == null) {
        TrainingData data = new SyntheticHistories(batch, length + 1, items).data();
        return measure(data, registry, reporter, memory);
      }
      try (OpenData open =
          OpenData.open(folder, new Split(Split.Protocol.STRICT, 0), null, memory)) {
        return measure(unmeasured(open.training(false)), registry, reporter, memory);
      }
    }
  }

  /** The same without questions that would be answered after each epoch. */
  private static TrainingData unmeasured(TrainingData data) {
    return new TrainingData(
        data.name(),
        data.contentHash(),
        data.protocol(),
        data.splitHash(),
        data.fields(),
        data.training(),
        Optional.empty(),
        Optional.empty(),
        data.seen(),
        data.counts(),
        Optional.empty(),
        Optional.empty());
  }

  /** The options of their own first, so that --set changes any of them. */
  private RunConfig config(int users) {
    Map<String, String> all = new LinkedHashMap<>();
    if (config == null) {
      all.putAll(new BenchShape(batch, length, dim, negatives, sharing).settings());
      all.put("encoder/blocks", "" + layers);
      all.put("encoder/heads", "" + heads);
      all.put("encoder/dqk", "" + dim / heads);
      all.put("encoder/dv", "" + dim / heads);
      all.put("encoder/inputDropout", "0");
      all.put("encoder/linearDropout", "0");
    }
    all.putAll(edits);
    String base = config == null ? PUBLISHED : config;
    RunConfig once = ConfigSource.read(base, all);
    int stepsPerEpoch = once.training().stepsPerEpoch(users);
    all.put("epochs", "" + (steps + stepsPerEpoch - 1) / stepsPerEpoch);
    return ConfigSource.read(base, all);
  }

  private Answer measure(
      TrainingData data, Registry registry, Reporter reporter, BufferAllocator memory) {
    int sequences = data.training().size();
    RunConfig run = config(sequences);
    StepTimes times = new StepTimes(WARM_UP, steps, reporter);
    try (TrainingRun training = new TrainingRun(run, data, registry, device.require(), memory)) {
      training.train(times);
      Map<String, Object> json = json(times, Math.min(run.training().batch(), sequences));
      if (folder == null) {
        json.put("achieved_gflops", operations(run, training, registry) / times.medianNanos());
      }
      json.put("gemm_gflops", MatMulWork.limit(run.training().onThisMachine().workers(), memory));
      Memory.peak().ifPresent(bytes -> json.put("peak_bytes", bytes));
      Memory.anonymous().ifPresent(bytes -> json.put("anonymous_bytes", bytes));
      json.putAll(link.json(run, training.model(), registry, times.medianNanos() / MILLISECOND));
      List<String> lines = new ArrayList<>();
      json.forEach((key, value) -> lines.add(String.format(Locale.ROOT, "%-22s %s", key, value)));
      return new Answer(lines, json);
    }
  }

  private static Map<String, Object> json(StepTimes times, int sequences) {
    Map<String, Object> json = new LinkedHashMap<>();
    json.put("sequences_per_second", SECOND * sequences / times.medianNanos());
    json.put("tokens_per_second", times.median(step -> SECOND * step.tokens() / step.nanos()));
    json.put("step_ms_median", times.medianNanos() / MILLISECOND);
    json.put("cpu_ms_mean", times.meanProcessorMillis());
    json.put(
        "cpu_us_per_token", 1000 * times.meanProcessorMillis() / times.mean(StepReport::tokens));
    json.put("outside_ort_share", times.median(StepReport::outsideShare));
    json.put("java_share", times.median(StepReport::javaShare));
    json.put("waiting_share", times.median(StepReport::waitingShare));
    for (int step : new int[] {0, LOSS_STEP}) {
      if (step < times.reports().size()) {
        json.put("loss_" + step, times.reports().get(step).loss());
      }
    }
    return json;
  }

  /** The operations of a step's matrix products where each pair of tokens meets. */
  private double operations(RunConfig run, TrainingRun training, Registry registry) {
    Sampler sampler = registry.sampler(run.sampler(), new SamplerContext(new long[] {0, 1}));
    Program program =
        Program.of(training.model().training(registry.loss(run.loss()), sampler.sharing(), true));
    Map<String, Long> sizes =
        Map.of(
            "batch",
            (long) run.training().batch(),
            "length",
            (long) run.model().maxHistory(),
            Model.LABELLED_DIM,
            (long) run.model().maxHistory(),
            "negatives",
            (long) sampler.count());
    return MatMulWork.operations(program, name -> sizes.getOrDefault(name, 0L));
  }
}
