package io.genrec.cli;

import io.genrec.data.SequenceDataset;
import io.genrec.engine.run.RunConfig;
import io.genrec.engine.runtime.Device;
import io.genrec.engine.wiring.Plugins;
import io.genrec.engine.wiring.Registry;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.memory.RootAllocator;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code genrec pretrain}: a generative model of all histories, each without its last event. */
@Command(
    name = "pretrain",
    header = "Pretrain a model on sequences, for \"genrec transfer\".",
    description = {
      "Learns all users' histories, each without its last event, which \"genrec transfer\" asks"
          + " about. Writes model/ (the bundle), run.json and negatives.tsv into --out. A run that"
          + " was killed continues when the command is repeated.",
      ""
    },
    sortOptions = false,
    footer = {
      "",
      "Example:",
      "  genrec pretrain gpsd-pretrain --data data/beauty --out runs/pretrained"
    })
final class Pretrain extends Subcommand {
  @Parameters(
      index = "0",
      paramLabel = "CONFIG",
      description = "A configuration file, or the name of one that comes with genrec.")
  private String config = "";

  @Mixin private GpsdOption data = new GpsdOption();

  @Mixin private RunOption options = new RunOption();

  @Option(
      names = "--train-users-only",
      description = "Leave test users' histories out: a control, not the published protocol.")
  private boolean trainUsersOnly;

  Pretrain(Terminal terminal) {
    super(terminal);
  }

  @Override
  Answer run(Reporter reporter) {
    Device where = options.device();
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
      GpsdResult result = job.pretrain(run.name(), run, trainUsersOnly, options.out());
      double last = result.loss().isEmpty() ? 0 : result.loss().get(result.loss().size() - 1);
      Map<String, Object> json = new LinkedHashMap<>();
      json.put("bundle", options.out().resolve(TrainingJob.MODEL).toString());
      json.put("loss", last);
      json.put("seconds", result.seconds());
      return new Answer(
          List.of(
              String.format(Locale.ROOT, "loss %.4f after %d epochs", last, result.loss().size()),
              "bundle: " + options.out().resolve(TrainingJob.MODEL)),
          json);
    }
  }
}
