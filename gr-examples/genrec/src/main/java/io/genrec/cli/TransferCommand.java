package io.genrec.cli;

import io.genrec.api.GenRecException;
import io.genrec.api.config.StrictConfig;
import io.genrec.data.SequenceDataset;
import io.genrec.engine.run.RunConfig;
import io.genrec.engine.runtime.Device;
import io.genrec.engine.transfer.Transfer;
import io.genrec.engine.transfer.TransferPlan;
import io.genrec.engine.transfer.TransferStrategy;
import io.genrec.engine.wiring.Plugins;
import io.genrec.engine.wiring.Registry;
import io.genrec.gpsd.ClickData.Part;
import io.genrec.gpsd.PowerLaw.Interval;
import io.genrec.gpsd.UserScores;
import java.io.IOException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.memory.RootAllocator;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code genrec transfer}: a model that ranks candidates, begun with a pretrained one's values. */
@Command(
    name = "transfer",
    header = "Train a model that ranks candidates, begun with a pretrained one's values.",
    description = {
      "Asks whether an item is a user's next one. Prints what was loaded, skipped or frozen, and"
          + " writes it into the bundle. Writes model/, run.json, scores.tsv and negatives.tsv into"
          + " --out.",
      ""
    },
    sortOptions = false,
    footer = {
      "",
      "Examples:",
      "  genrec transfer gpsd-click --strategy ST_SF --source runs/pretrained --data data/beauty"
          + " --out runs/st-sf",
      "  genrec transfer gpsd-click --strategy NT --data data/beauty --out runs/nt",
      "  genrec transfer my.json --plan plan.json --source runs/pretrained --data data/beauty"
          + " --out runs/mine"
    })
final class TransferCommand extends Subcommand {
  private static final int ROUNDS = 1000;

  @Parameters(
      index = "0",
      paramLabel = "CONFIG",
      description = "A configuration file, or the name of one that comes with genrec.")
  private String config = "";

  @Mixin private GpsdOption data = new GpsdOption();

  @ArgGroup(multiplicity = "1")
  private Choice choice = new Choice();

  @Option(
      names = "--source",
      paramLabel = "BUNDLE",
      description = "The pretrained model, or the folder of its run.")
  private @Nullable Path source;

  @Mixin private RunOption options = new RunOption();

  /** What is loaded and frozen. */
  static final class Choice {
    @Option(
        names = "--strategy",
        paramLabel = "NAME",
        description =
            "NT: nothing. FT: all. ST: embedding tables. FT_SF, ST_SF: the same, then tables stay"
                + " frozen. ITEM_TABLE: the item table alone, frozen, as the published"
                + " configurations do.")
    private @Nullable String strategy;

    @Option(
        names = "--plan",
        paramLabel = "FILE",
        description = "A JSON file with the patterns of what to \"load\" and to \"freeze\".")
    private @Nullable Path plan;

    Transfer transfer() {
      return plan != null
          ? Transfer.of(StrictConfig.read(plan).as(TransferPlan.class))
          : Transfer.of(TransferStrategy.named(strategy == null ? "" : strategy));
    }
  }

  TransferCommand(Terminal terminal) {
    super(terminal);
  }

  @Override
  Answer run(Reporter reporter) throws IOException {
    Device where = options.device();
    Transfer transfer = choice.transfer();
    Optional<Path> bundle = bundle(transfer);
    RunConfig run = ConfigSource.read(config, options.edits());
    try (BufferAllocator memory = new RootAllocator();
        Plugins loaded = options.plugins();
        SequenceDataset open = data.open(memory)) {
      GpsdJob job =
          GpsdJob.of(
              data.folder(),
              GpsdOption.samples(open, data.protocol()),
              options.out(),
              Registry.of(loaded.list()),
              where,
              reporter,
              memory);
      GpsdResult result =
          job.discriminate(run.name(), run, transfer, bundle, Part.TRAIN, Part.TEST, options.out());
      return answer(result);
    }
  }

  private Optional<Path> bundle(Transfer transfer) throws IOException {
    if (transfer.plan().load().isEmpty()) {
      return Optional.empty();
    }
    if (source == null) {
      throw new GenRecException(
          "MissingSource",
          "strategy "
              + transfer.strategy()
              + " loads values; give --source: the folder that \"genrec pretrain\" wrote");
    }
    Path found = Bundles.find(source);
    Sources.requireKept(found, options.out());
    return Optional.of(found);
  }

  private Answer answer(GpsdResult result) {
    Interval interval = UserScores.interval(List.of(GpsdJob.scores(options.out())), ROUNDS, 1);
    double popularity = result.popularity() == null ? Double.NaN : result.popularity();
    Map<String, Object> json = new LinkedHashMap<>();
    json.put("bundle", options.out().resolve(TrainingJob.MODEL).toString());
    json.put("auc", result.auc());
    json.put("interval", List.of(interval.low(), interval.high()));
    json.put("popularity", popularity);
    return new Answer(
        List.of(
            String.format(
                Locale.ROOT,
                "AUC %.4f (%.4f to %.4f) on %s; popularity %.4f",
                result.lastAuc(),
                interval.low(),
                interval.high(),
                result.data(),
                popularity),
            "bundle: " + options.out().resolve(TrainingJob.MODEL)),
        json);
  }
}
