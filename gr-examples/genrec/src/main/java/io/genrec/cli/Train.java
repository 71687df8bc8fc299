package io.genrec.cli;

import io.genrec.data.Split;
import io.genrec.engine.run.RunConfig;
import io.genrec.engine.runtime.Device;
import io.genrec.engine.transfer.Continuation;
import io.genrec.engine.wiring.Plugins;
import io.genrec.engine.wiring.Registry;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.memory.RootAllocator;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code genrec train}: a configuration and a data set to a measured model. */
@Command(
    name = "train",
    header = "Train a model, measure it and write its bundle.",
    description = {
      "Writes into --out: model/ (the bundle), run.json (everything measured), learning-curve.png,"
          + " and checkpoints/. A run that was killed at any moment continues with --resume and"
          + " ends with the same bits.",
      ""
    },
    sortOptions = false,
    footer = {
      "",
      "Examples:",
      "  genrec train configs/ml-1m-hstu.json --data data/ml-1m --out runs/ml-1m",
      "  genrec train ml-1m-hstu --data data/ml-1m --protocol meta --epochs 60 --seed 2 --out runs/b",
      "  genrec train my.json --data data/shop --set encoder/blocks=4 --set optimizer/rate=5e-4"
          + " --out runs/c",
      "  genrec train ml-1m-hstu --data data/ml-1m --out runs/ml-1m --resume",
      "  genrec train --config configs/kuairand-ranking.json --data data/kuairand --out runs/k",
      "  genrec train --continue runs/june --data data/july --epochs 1 --out runs/july"
    })
final class Train extends Subcommand {
  private static final long DEFAULT_STEPS_PER_CHECKPOINT = 200;

  @Spec private @Nullable CommandSpec spec;

  @ArgGroup private @Nullable Source source;

  @Option(
      names = "--continue",
      paramLabel = "BUNDLE",
      description =
          "Go on with a trained model, or the run that wrote it: parameters and, where the run's"
              + " checkpoint has them, the optimizer's moments are taken over by raw id. CONFIG is"
              + " then the bundle's unless it is given.")
  private @Nullable Path earlier;

  @Mixin private DataOption data = new DataOption();

  @Mixin private RunOption options = new RunOption();

  @Option(names = "--epochs", paramLabel = "N", description = "Passes over the data, at most.")
  private @Nullable Integer epochs;

  @Option(
      names = "--patience",
      paramLabel = "N",
      description = "Stop after N evaluations that were not better.")
  private @Nullable Integer patience;

  @Option(names = "--seed", paramLabel = "N", description = "Where all randomness comes from.")
  private @Nullable Long seed;

  @Option(
      names = "--workers",
      paramLabel = "N",
      description = "Micro-batches at a time, one thread each; the result does not depend on it.")
  private @Nullable Integer workers;

  @ArgGroup private RunFolder.@Nullable ExistingOption existing;

  @Option(
      names = "--watch-test",
      description = "Measure the test targets after each epoch, to look at, never to choose by.")
  private boolean watchTest;

  @Option(
      names = "--checkpoint-steps",
      paramLabel = "N",
      description =
          "Batches from one checkpoint to the next within an epoch (default: ${DEFAULT-VALUE}).")
  private long stepsPerCheckpoint = DEFAULT_STEPS_PER_CHECKPOINT;

  /** Where the configuration comes from. */
  static final class Source {
    @Parameters(
        index = "0",
        paramLabel = "CONFIG",
        description =
            "A configuration file, or the name of one that comes with genrec, such as ml-1m-hstu.")
    private @Nullable String positional;

    @Option(names = "--config", paramLabel = "CONFIG", description = "The same as an option.")
    private @Nullable String option;

    String config() {
      return Objects.requireNonNullElse(positional, String.valueOf(option));
    }
  }

  Train(Terminal terminal) {
    super(terminal);
  }

  @Override
  Answer run(Reporter reporter) throws IOException {
    Device where = options.device();
    try (BufferAllocator memory = new RootAllocator()) {
      if (earlier == null) {
        return train(
            ConfigSource.read(config(), edits()), Optional.empty(), where, reporter, memory);
      }
      Path bundle = Bundles.find(earlier);
      Sources.requireKept(bundle, options.out());
      try (Continuation model =
          Continuation.open(bundle, TrainingJob.checkpointsBeside(bundle, reporter), memory)) {
        RunConfig run =
            source == null
                ? ConfigSource.edited(model.configuration(), edits())
                : ConfigSource.read(source.config(), edits());
        return train(run, Optional.of(model), where, reporter, memory);
      }
    }
  }

  private String config() {
    if (source == null) {
      throw new ParameterException(
          Objects.requireNonNull(spec).commandLine(),
          "Missing CONFIG: a configuration file or the name of one, unless --continue says which"
              + " model goes on");
    }
    return source.config();
  }

  private Answer train(
      RunConfig configured,
      Optional<Continuation> model,
      Device where,
      Reporter reporter,
      BufferAllocator memory) {
    try (Plugins loaded = options.plugins();
        OpenData opened = open(configured, model, memory)) {
      OpenData open = model.map(opened::continuing).orElse(opened);
      RunConfig run = withSplitOf(open, configured);
      reporter.say(
          run.name()
              + " on "
              + open.data().info().name()
              + ", protocol "
              + open.protocol()
              + ", seed "
              + run.seed()
              + ", split "
              + open.split().shortHash());
      TrainingJob job =
          new TrainingJob(
              run,
              open,
              Registry.of(loaded.list()),
              options.out(),
              watchTest,
              stepsPerCheckpoint,
              where);
      TrainingJob.Outcome outcome =
          job.run(RunFolder.ExistingOption.of(existing), reporter, memory);
      return new Answer(lines(run, outcome), json(run, outcome));
    }
  }

  /** A model that goes on keeps its split, unless something else is said. */
  private OpenData open(RunConfig run, Optional<Continuation> model, BufferAllocator memory) {
    Optional<TrainedSplit> kept =
        model
            .filter(earlier -> Objects.equals(run.split(), earlier.configuration().split()))
            .map(earlier -> TrainedSplit.of(earlier.card()));
    return kept.isPresent()
        ? data.open(memory, kept.get())
        : data.open(memory, DataOption.splitOf(run));
  }

  /** The bundle must tell how its data was split, whoever said so. */
  private static RunConfig withSplitOf(OpenData open, RunConfig run) {
    Split split = open.split().split();
    return split.equals(DataOption.splitOf(run)) ? run : run.withSplit(DataOption.config(split));
  }

  /** What {@code --set} says, and the options that have a name of their own, which go first. */
  private Map<String, String> edits() {
    Map<String, String> all = options.edits();
    put(all, "epochs", epochs);
    put(all, "patience", patience);
    put(all, "seed", seed);
    put(all, "training/workers", workers);
    return all;
  }

  private static void put(Map<String, String> edits, String key, @Nullable Number value) {
    if (value != null) {
      edits.put(key, value.toString());
    }
  }

  private List<String> lines(RunConfig run, TrainingJob.Outcome outcome) {
    List<String> lines = new ArrayList<>(outcome.measurement().lines());
    lines.add("");
    lines.add(
        String.format(
            Locale.ROOT,
            "epoch %d of %d counts, seed %d, %s per epoch%s",
            outcome.result().chosenEpoch(),
            outcome.result().epochs(),
            run.seed(),
            Text.seconds(outcome.secondsPerEpoch()),
            outcome.peakBytes().isPresent()
                ? ", at most " + Text.bytes(outcome.peakBytes().getAsLong()) + " of memory"
                : ""));
    lines.add("bundle: " + options.out().resolve(TrainingJob.MODEL));
    return lines;
  }

  private Map<String, Object> json(RunConfig run, TrainingJob.Outcome outcome) {
    Map<String, Object> json = new LinkedHashMap<>();
    json.put("folder", options.out().toString());
    json.put("bundle", options.out().resolve(TrainingJob.MODEL).toString());
    json.put("model", run.name());
    json.put("seed", run.seed());
    json.put("epochs", outcome.result().epochs());
    json.put("chosenEpoch", outcome.result().chosenEpoch());
    json.put("secondsPerEpoch", outcome.secondsPerEpoch());
    outcome.peakBytes().ifPresent(bytes -> json.put("peakMemoryBytes", bytes));
    json.putAll(outcome.measurement().json());
    return json;
  }
}
