package io.genrec.cli;

import io.genrec.api.config.Default;
import io.genrec.api.config.StrictConfig;
import io.genrec.engine.run.RunConfig;
import io.genrec.engine.transfer.TransferReport;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * What came of a run of GPSD: the content of its {@code run.json}.
 *
 * @param name the cell's name
 * @param data the data set and its split in words
 * @param splitHash the hash of content, split and negatives
 * @param negatives the hash of the file of negatives
 * @param configuration what was run
 * @param loss the training loss of each pass
 * @param auc of the discriminative task: the AUC on the asked users after each pass
 * @param logLoss likewise
 * @param long20 the AUC within each test user's target and 20 negatives, averaged; after the last
 *     pass
 * @param popularity the AUC of ranking by how often items are events
 * @param blockParameters dense parameters of the encoder's layers
 * @param steps optimizer steps of a pass
 * @param seconds training and evaluation
 * @param transfer what the run began with
 */
record GpsdResult(
    String name,
    String data,
    String splitHash,
    String negatives,
    RunConfig configuration,
    List<Double> loss,
    @Default("[]") List<Double> auc,
    @Default("[]") List<Double> logLoss,
    @Nullable Double long20,
    @Nullable Double popularity,
    long blockParameters,
    int steps,
    double seconds,
    @Nullable TransferReport transfer) {
  GpsdResult {
    loss = List.copyOf(loss);
    auc = List.copyOf(auc);
    logLoss = List.copyOf(logLoss);
  }

  /** The result in a folder, if it is finished. */
  static Optional<GpsdResult> read(Path folder) {
    Path file = folder.resolve(TrainingJob.RUN);
    return Files.exists(file)
        ? Optional.of(StrictConfig.read(file).as(GpsdResult.class))
        : Optional.empty();
  }

  /** The best pass by {@link #auc}, from 0; of validation users: never of those reported. */
  int bestPass() {
    int best = 0;
    for (int pass = 1; pass < auc.size(); pass++) {
      best = auc.get(pass) > auc.get(best) ? pass : best;
    }
    return best;
  }

  double lastAuc() {
    return auc.get(auc.size() - 1);
  }
}
