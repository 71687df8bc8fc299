package io.genrec.cli;

import io.genrec.api.GenRecException;
import io.genrec.api.storage.IfExists;
import io.genrec.data.Split;
import io.genrec.engine.bundle.ModelBundle;
import io.genrec.engine.runtime.Device;
import io.genrec.engine.runtime.NativeKernels;
import io.genrec.engine.runtime.SessionSettings;
import io.genrec.engine.storage.ModelCard;
import io.genrec.engine.wiring.Plugins;
import io.genrec.engine.wiring.Registry;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.memory.RootAllocator;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code genrec evaluate}: a bundle's results on a data set. */
@Command(
    name = "evaluate",
    header = "Measure a model on the test targets of a data set.",
    description = {
      "Ranks each user's target among the whole catalogue, with the target's time (as published) and"
          + " the last event's time as the request's, with all earlier items removed and with those"
          + " of the model's input removed, for all users and for those whose target is in no tie;"
          + " and the most-popular baseline under the same split, or other ones by --baseline,"
          + " which need no model.",
      ""
    },
    sortOptions = false,
    footer = {
      "",
      "Examples:",
      "  genrec evaluate runs/ml-1m --data data/ml-1m",
      "  genrec evaluate runs/ml-1m --data data/ml-1m --shuffle-ties 1",
      "  genrec evaluate runs/ml-1m/model --data data/ml-1m --json",
      "  genrec evaluate runs/ml-1m --data data/ml-1m --baseline item-knn --baseline ease",
      "  genrec evaluate --baseline '{\"name\": \"ease\", \"lambda\": 200}' --data data/ml-1m"
    })
final class Evaluate extends Subcommand {
  @Parameters(
      index = "0",
      arity = "0..1",
      paramLabel = "BUNDLE",
      description = "A bundle, or a run's folder; may be absent if there is a --baseline.")
  private @Nullable Path bundle;

  @Option(
      names = "--baseline",
      paramLabel = "NAME",
      description =
          "A baseline to fit and measure too, by its name or as an object with options. May come"
              + " several times.")
  private List<String> baselines = new ArrayList<>();

  @Mixin private DataOption data = new DataOption();

  @Option(
      names = "--workers",
      paramLabel = "N",
      description = "Batches at a time, one thread each (default: ${DEFAULT-VALUE}).")
  private int workers = 2;

  @Option(
      names = "--ranks",
      paramLabel = "FILE",
      description =
          "Also write each user's rank, as \"genrec experiment\" keeps it beside a cell's result.")
  private @Nullable Path ranks;

  @Mixin private DeviceOption device = new DeviceOption();
  @Mixin private PluginOption plugins = new PluginOption();
  @Spec private @Nullable CommandSpec spec;

  Evaluate(Terminal terminal) {
    super(terminal);
  }

  @Override
  Answer run(Reporter reporter) {
    Device where = device.require();
    if (workers < 1) {
      throw new GenRecException("InvalidValue", "--workers must be at least 1 but is " + workers);
    }
    try (BufferAllocator memory = new RootAllocator();
        Plugins loaded = plugins.load()) {
      Registry registry = Registry.of(loaded.list());
      // A wrong one is named before anything is measured.
      baselines.forEach(text -> registry.baseline(Baselines.config(text)));
      if (bundle == null) {
        return baselines(registry, reporter, memory);
      }
      try (ModelBundle model = ModelBundle.open(Bundles.find(bundle), registry, memory);
          OpenData open = data.open(memory, TrainedSplit.of(model.card()))) {
        Bundles.requireVocabularyOf(model, open, memory);
        warnOfOtherSplit(model.card(), open, reporter);
        reporter.say(
            "measuring "
                + model.card().model()
                + " on "
                + (open.ranks()
                    ? open.impressions(Split.Part.TEST, false).size() + " moments"
                    : open.test().size() + " test targets"));
        Measurement measurement =
            Measurement.of(
                    model.card().model(),
                    model.model(),
                    model.task(),
                    model.parameters()::column,
                    open,
                    registry,
                    workers,
                    SessionSettings.on(where).kernels(NativeKernels.Use.AUTO.choose(where)),
                    memory)
                .with(baselines, open, registry);
        if (ranks != null) {
          RanksFile.write(ranks, IfExists.FAIL, measurement.ranks());
        }
        List<String> lines = new ArrayList<>(measurement.lines());
        lines.add("seed " + model.card().seed());
        Map<String, Object> json = new LinkedHashMap<>();
        json.put("model", model.card().model());
        json.put("seed", model.card().seed());
        json.putAll(measurement.json());
        return new Answer(lines, json);
      }
    }
  }

  private Answer baselines(Registry registry, Reporter reporter, BufferAllocator memory) {
    if (baselines.isEmpty() || ranks != null) {
      throw new ParameterException(
          Objects.requireNonNull(spec).commandLine(),
          "give a BUNDLE to measure, or, without --ranks, a --baseline alone");
    }
    try (OpenData open = data.open(memory, new Split(Split.Protocol.STRICT, 0))) {
      reporter.say("measuring baselines on " + open.test().size() + " test targets");
      Measurement measurement = Measurement.ofBaselines(baselines, open, registry);
      return new Answer(measurement.lines(), measurement.json());
    }
  }

  private static void warnOfOtherSplit(ModelCard card, OpenData data, Reporter reporter) {
    ModelCard.DataProvenance trained = card.data();
    if (trained != null && !trained.splitHash().equals(data.split().splitHash())) {
      reporter.say(
          "note: the model was trained on another split of this data ("
              + trained.protocol()
              + " "
              + trained.splitHash().substring(0, 12)
              + "); it may have seen these targets");
    }
  }
}
