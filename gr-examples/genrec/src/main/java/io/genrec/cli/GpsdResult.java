package io.genrec.cli;

import io.genrec.api.GenRecException;
import io.genrec.api.config.Default;
import io.genrec.api.config.StrictConfig;
import io.genrec.engine.run.RunConfig;
import io.genrec.engine.transfer.TransferReport;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
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
 * @param hitRates likewise the share of targets among the best 1, 5 and 10, as {@code HR@1}
 * @param popularity the AUC of ranking by how often items are events
 * @param blockParameters dense parameters of the encoder's layers
 * @param steps optimizer steps of a pass
 * @param flops additions and multiplications of the matrix products of all training, padding aside
 * @param seconds training and evaluation
 * @param transfer what the run began with
 * @param machine where
 * @param genrec the version
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
    @Default("{}") Map<String, Double> hitRates,
    @Nullable Double popularity,
    long blockParameters,
    int steps,
    double flops,
    double seconds,
    @Nullable TransferReport transfer,
    Machine machine,
    String genrec) {
  GpsdResult {
    loss = List.copyOf(loss);
    auc = List.copyOf(auc);
    logLoss = List.copyOf(logLoss);
    hitRates = Collections.unmodifiableMap(new LinkedHashMap<>(hitRates));
  }

  /**
   * The result in a file, if it is there.
   *
   * @throws GenRecException {@code [GR/CorruptResult]}
   */
  static Optional<GpsdResult> read(Path file) {
    if (!Files.exists(file)) {
      return Optional.empty();
    }
    try {
      return Optional.of(StrictConfig.read(file).as(GpsdResult.class));
    } catch (GenRecException e) {
      throw new GenRecException(
          "CorruptResult", e.getMessage() + "; delete " + file + " to run the cell again", e);
    }
  }

  /**
   * Refuses a result of anything but this run. Speed does not matter.
   *
   * @param file where it was found
   * @param config what was run
   * @param split the hash of the samples
   * @param strategy what was transferred; empty for pretraining
   * @throws GenRecException {@code [GR/OtherRun]}
   */
  void requireOf(Path file, RunConfig config, String split, Optional<String> strategy) {
    boolean same =
        configuration.mathematics().equals(config.mathematics())
            && splitHash.equals(split)
            && strategy.equals(Optional.ofNullable(transfer).map(TransferReport::strategy));
    if (!same) {
      throw new GenRecException(
          "OtherRun",
          file
              + " is the result of another configuration, strategy or data set; delete it to run"
              + " the cell again, or give another folder");
    }
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
