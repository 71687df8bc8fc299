package io.genrec.cli;

import io.genrec.engine.run.RunConfig;
import io.genrec.engine.transfer.Transfer;
import io.genrec.engine.transfer.TransferStrategy;
import io.genrec.gpsd.ClickData.Part;
import io.genrec.gpsd.UserScores;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;

/**
 * The runs of a study, each made when it is first asked for, as long as runs are allowed. A run
 * that has a result is not repeated; pretraining is, if its bundle is needed and not there.
 *
 * @param study what is run
 * @param job runs it
 * @param results what is known
 * @param folder has a folder for each run
 * @param budget how many more runs may be made
 */
record GpsdCells(GpsdStudy study, GpsdJob job, GpsdResults results, Path folder, Budget budget) {
  /** Counts runs. */
  static final class Budget {
    private int left;

    Budget(int runs) {
      left = runs;
    }

    private boolean take() {
      return left-- > 0;
    }
  }

  private interface Run {
    GpsdResult make(Path folder);
  }

  private Optional<GpsdResult> cell(String name, Run run) {
    Path own = folder.resolve(name);
    if (!Files.exists(own.resolve(TrainingJob.RUN))) {
      if (!budget.take()) {
        return Optional.empty();
      }
      job.reporter().say("cell " + name);
    }
    return Optional.of(run.make(own));
  }

  /** The bundle of pretraining with a seed. */
  Optional<Path> pretrained(long seed, boolean trainUsersOnly) {
    String name = (trainUsersOnly ? "pretrained-train-users-seed" : "pretrained-seed") + seed;
    return pretrained(name, GpsdStudy.seeded(study.pretraining(), seed), trainUsersOnly);
  }

  private Optional<Path> pretrained(String name, RunConfig given, boolean trainUsersOnly) {
    int examples = job.data().pretraining(trainUsersOnly).training().size();
    RunConfig config = study.ruled(given, examples);
    Optional<GpsdResult> result =
        cell(name, own -> job.pretrain(name, config, trainUsersOnly, own));
    result
        .filter(made -> !results.result(name).equals(Optional.of(made)))
        .ifPresent(made -> results.write(made, Optional.empty()));
    return result.map(made -> folder.resolve(name).resolve(TrainingJob.MODEL));
  }

  private Optional<GpsdResult> click(
      String name,
      RunConfig given,
      TransferStrategy strategy,
      Supplier<Optional<Path>> source,
      Part trained,
      Part asked) {
    RunConfig config = study.ruled(given, job.examples(given, trained));
    Transfer transfer = Transfer.of(strategy);
    Optional<GpsdResult> known = results.result(name);
    if (known.isPresent()) {
      job.requireOf(known.get(), results.file(name), config, transfer, trained, asked);
      return known;
    }
    Optional<Path> from = strategy.needsSource() ? source.get() : Optional.empty();
    if (strategy.needsSource() && from.isEmpty()) {
      return Optional.empty();
    }
    Optional<GpsdResult> result =
        cell(name, own -> job.discriminate(name, config, transfer, from, trained, asked, own));
    result.ifPresent(
        made ->
            results.write(
                made,
                asked == Part.TEST
                    ? Optional.of(GpsdJob.scores(folder.resolve(name)))
                    : Optional.<UserScores>empty()));
    return result;
  }

  /** A run that helps to choose the rate: without validation users, who are asked about. */
  Optional<GpsdResult> trial(TransferStrategy strategy, double rate) {
    long seed = study.seeds().get(0);
    return click(
        "trial-" + named(strategy) + "-rate" + rate,
        rated(GpsdStudy.seeded(study.click(), seed), rate),
        strategy,
        () -> pretrained(seed, false),
        Part.FIT,
        Part.VALIDATION);
  }

  /** A run that counts, at the rate that was chosen. */
  Optional<GpsdResult> strategy(TransferStrategy strategy, double rate, long seed) {
    return click(
        named(strategy) + "-seed" + seed,
        rated(GpsdStudy.seeded(study.click(), seed), rate),
        strategy,
        () -> pretrained(seed, false),
        Part.TRAIN,
        Part.TEST);
  }

  /** The same, pretrained without test users. */
  Optional<GpsdResult> control(TransferStrategy strategy, double rate, long seed) {
    return click(
        named(strategy) + "-train-users-seed" + seed,
        rated(GpsdStudy.seeded(study.click(), seed), rate),
        strategy,
        () -> pretrained(seed, true),
        Part.TRAIN,
        Part.TEST);
  }

  /** No transfer, with as many passes more as pretraining takes. */
  Optional<GpsdResult> longer(double rate, long seed) {
    int epochs = study.click().epochs() + study.pretraining().epochs();
    RunConfig config = rated(GpsdStudy.seeded(study.click(), seed), rate);
    return click(
        "nt-longer-seed" + seed,
        GpsdStudy.edited(config, Map.of("epochs", String.valueOf(epochs))),
        TransferStrategy.NT,
        Optional::empty,
        Part.TRAIN,
        Part.TEST);
  }

  /** A run of the scaling study. */
  Optional<GpsdResult> sized(GpsdStudy.Size size, long seed) {
    TransferStrategy strategy = study.scalingStrategy();
    return click(
        named(strategy) + "-" + size.name() + "-seed" + seed,
        study.sized(GpsdStudy.seeded(study.click(), seed), size),
        strategy,
        () -> pretrained(size, seed),
        Part.TRAIN,
        Part.TEST);
  }

  private Optional<Path> pretrained(GpsdStudy.Size size, long seed) {
    return pretrained(
        "pretrained-" + size.name() + "-seed" + seed,
        study.sized(GpsdStudy.seeded(study.pretraining(), seed), size),
        false);
  }

  /** A run of the comparison by operations. */
  Optional<GpsdResult> compute(GpsdStudy.Row row, long seed) {
    return click(
        "compute-" + row.name() + "-seed" + seed,
        study.modelled(GpsdStudy.seeded(study.click(), seed), row),
        TransferStrategy.ST_SF,
        () -> pretrained(study.widthOf(row), seed),
        Part.TRAIN,
        Part.TEST);
  }

  private static RunConfig rated(RunConfig config, double rate) {
    return GpsdStudy.edited(config, Map.of("optimizer/rate", String.valueOf(rate)));
  }

  static String named(TransferStrategy strategy) {
    return strategy.name().toLowerCase(Locale.ROOT).replace('_', '-');
  }
}
