package io.genrec.cli;

import io.genrec.api.config.StrictConfig;
import io.genrec.api.storage.AtomicDirectory;
import io.genrec.api.storage.AtomicFile;
import io.genrec.api.storage.IfExists;
import io.genrec.data.ingest.Ingest;
import io.genrec.gpsd.AttributedLog;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code genrec reproduce}: every run of a published study, and its table. */
@Command(
    name = "reproduce",
    header = "Run a published study and say where the data agrees with it.",
    description = {
      "gpsd: pretraining, the choice of rates, every strategy with every seed, and controls, with"
          + " learning-curves.png.",
      "dirichlet: encoders on the synthetic stream of the HSTU paper, in one pass; the data is made"
          + " at --data if it is not there.",
      "gr-vs-dlrm: a generative ranking model by what it is given and how it is trained, against DIN"
          + " and DCN-v2, with what each takes to equal entropy, and to-equal-entropy.png.",
      "Each run is a cell with a folder of its own in --out and a result in docs/results/STUDY."
          + " Cells with a result are skipped and a killed one continues, so the command is"
          + " repeated until table.md, which lies there too, is whole.",
      ""
    },
    sortOptions = false,
    footer = {
      "",
      "Examples:",
      "  genrec reproduce gpsd configs/gpsd/amazon-beauty.json --events amazon-beauty.csv.gz"
          + " --attributes Beauty_item2attributes.json --data data/beauty-gpsd --out runs/gpsd",
      "  genrec reproduce dirichlet configs/dirichlet/small.json --data data/dirichlet --out runs",
      "  genrec reproduce gr-vs-dlrm configs/gr-vs-dlrm/kuairand.json --data data/kuairand --out runs"
    })
final class Reproduce extends Subcommand {
  /** The studies. */
  enum Study {
    /** Generative pretraining and transfer. */
    GPSD,
    /** Encoders on a synthetic stream. */
    DIRICHLET,
    /** Generative ranking against models of single impressions. */
    GR_VS_DLRM;

    @Override
    public String toString() {
      return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }
  }

  @Parameters(index = "0", paramLabel = "STUDY", description = "gpsd, dirichlet or gr-vs-dlrm")
  private Study which = Study.GPSD;

  @Parameters(index = "1", paramLabel = "FILE", description = "What is run, on which data.")
  private Path file = Path.of("");

  @Mixin private StudyOption options = new StudyOption();

  @Option(
      names = "--events",
      paramLabel = "FILE",
      description =
          "For gpsd, to make --data of, if it is not there: user_id, item_id, rating and a column of"
              + " seconds.")
  private @Nullable Path events;

  @Option(
      names = "--attributes",
      paramLabel = "FILE",
      description = "Its items' attributes; the last of each becomes the field category.")
  private @Nullable Path attributes;

  Reproduce(Terminal terminal) {
    super(terminal);
  }

  @Override
  Answer run(Reporter reporter) {
    return switch (which) {
      case GPSD -> gpsd(reporter);
      case DIRICHLET -> dirichlet(reporter);
      case GR_VS_DLRM -> ranking(reporter);
    };
  }

  private Answer ranking(Reporter reporter) {
    ExperimentFile study = StrictConfig.read(file).as(ExperimentFile.class).on(options.data());
    ExperimentResults results = options.results(study);
    int ran = options.run(results, reporter);
    EqualEntropy costs = new EqualEntropy(results);
    Answer answer = Experiment.summary(results, Experiment.TABLE, ran, costs.markdown());
    costs.draw(results.folder().resolve("to-equal-entropy.png"), study.name());
    return answer;
  }

  private Answer dirichlet(Reporter reporter) {
    DirichletStudy study = DirichletStudy.read(file);
    Path data = options.data();
    if (Files.exists(data)) {
      study.requireOwn(data);
    } else {
      reporter.say("making the data set " + data);
      Path raw = options.out().resolve("raw");
      Prepare.ingest(study.stream().write(raw), data, reporter);
      AtomicDirectory.delete(raw);
    }
    ExperimentResults results = options.results(study.experiment(data));
    int ran = options.run(results, reporter);
    return Experiment.summary(
        results, Experiment.TABLE, ran, new DirichletTable(study, results).markdown());
  }

  private Answer gpsd(Reporter reporter) {
    GpsdStudy study = GpsdStudy.read(file);
    Path data = options.data();
    Path out = options.out();
    if (!Files.exists(data) && events != null && attributes != null) {
      Path joined = out.resolve("joined");
      reporter.say("making the data set " + data);
      Ingest.of(AttributedLog.write(study.name(), events, attributes, joined)).run(data);
    }
    GpsdResults results = options.results(study);
    List<String> lines =
        options.run(
            study, reporter, cells -> tabulate(new GpsdTable(study, cells, results), study));
    Path table = results.folder().resolve(Experiment.TABLE);
    AtomicFile.write(
        table,
        IfExists.REPLACE,
        to -> to.write((String.join("\n", lines) + "\n").getBytes(StandardCharsets.UTF_8)));
    return new Answer(lines, Map.of("study", which.name(), "table", table.toString()));
  }

  private List<String> tabulate(GpsdTable table, GpsdStudy study) {
    table.run();
    Path picture = options.results(study).folder().resolve("learning-curves.png");
    CurvesChart.write(picture, study.name(), table.curves());
    return table.markdown();
  }
}
