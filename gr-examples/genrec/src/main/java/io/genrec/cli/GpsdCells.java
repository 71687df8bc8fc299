package io.genrec.cli;

import io.genrec.engine.run.RunConfig;
import io.genrec.engine.transfer.Transfer;
import io.genrec.engine.transfer.TransferStrategy;
import io.genrec.gpsd.ClickData.Part;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/**
 * The runs of a study, each made when it is first asked for, as long as runs are allowed.
 *
 * @param study what is run
 * @param job runs it
 * @param folder has a folder for each run
 * @param budget how many more runs may be made
 */
record GpsdCells(GpsdStudy study, GpsdJob job, Path folder, Budget budget) {
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
    if (GpsdResult.read(own).isEmpty()) {
      if (!budget.take()) {
        return Optional.empty();
      }
      job.reporter().say("cell " + name);
    }
    return Optional.of(run.make(own));
  }

  /** Pretraining with a seed. */
  Optional<Path> pretrained(long seed, boolean trainUsersOnly) {
    String name = (trainUsersOnly ? "pretrained-train-users-seed" : "pretrained-seed") + seed;
    return pretrained(name, GpsdStudy.seeded(study.pretraining(), seed), trainUsersOnly);
  }

  private Optional<Path> pretrained(String name, RunConfig config, boolean trainUsersOnly) {
    return cell(name, own -> job.pretrain(name, config, trainUsersOnly, own))
        .map(result -> folder.resolve(name).resolve(TrainingJob.MODEL));
  }

  private Optional<GpsdResult> click(
      String name,
      RunConfig config,
      TransferStrategy strategy,
      Optional<Path> source,
      Part trained,
      Part asked) {
    if (strategy.needsSource() && source.isEmpty()) {
      return Optional.empty();
    }
    Optional<Path> from = strategy.needsSource() ? source : Optional.empty();
    return cell(
        name,
        own -> job.discriminate(name, config, Transfer.of(strategy), from, trained, asked, own));
  }

  private Optional<Path> source(TransferStrategy strategy, long seed, boolean trainUsersOnly) {
    return strategy.needsSource() ? pretrained(seed, trainUsersOnly) : Optional.empty();
  }

  /** A run that helps to choose the rate: without validation users, who are asked about. */
  Optional<GpsdResult> trial(TransferStrategy strategy, double rate) {
    long seed = study.seeds().get(0);
    return click(
        "trial-" + named(strategy) + "-rate" + rate,
        rated(GpsdStudy.seeded(study.click(), seed), rate),
        strategy,
        source(strategy, seed, false),
        Part.FIT,
        Part.VALIDATION);
  }

  /** A run that counts, at the rate and with the passes that were chosen. */
  Optional<GpsdResult> strategy(TransferStrategy strategy, double rate, long seed) {
    return click(
        named(strategy) + "-seed" + seed,
        rated(GpsdStudy.seeded(study.click(), seed), rate),
        strategy,
        source(strategy, seed, false),
        Part.TRAIN,
        Part.TEST);
  }

  /** The same, pretrained without test users. */
  Optional<GpsdResult> control(TransferStrategy strategy, double rate, long seed) {
    return click(
        named(strategy) + "-train-users-seed" + seed,
        rated(GpsdStudy.seeded(study.click(), seed), rate),
        strategy,
        source(strategy, seed, true),
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
        Optional.empty(),
        Part.TRAIN,
        Part.TEST);
  }

  /** A run of the scaling study. */
  Optional<GpsdResult> sized(GpsdStudy.Size size, long seed) {
    TransferStrategy strategy = study.scalingStrategy();
    String name = size.name() + "-seed" + seed;
    Optional<Path> source =
        strategy.needsSource()
            ? pretrained(
                "pretrained-" + name,
                GpsdStudy.sized(GpsdStudy.seeded(study.pretraining(), seed), size),
                false)
            : Optional.empty();
    return click(
        named(strategy) + "-" + name,
        GpsdStudy.sized(GpsdStudy.seeded(study.click(), seed), size),
        strategy,
        source,
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
