package io.genrec.cli;

import io.genrec.api.GenRecException;
import io.genrec.api.config.Default;
import io.genrec.api.config.StrictConfig;
import io.genrec.engine.run.RunConfig;
import io.genrec.engine.transfer.TransferStrategy;
import io.genrec.gpsd.ClickProtocol;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A study of GPSD on one data set: what {@code genrec reproduce gpsd} and {@code genrec scaling}
 * run, read from a file.
 *
 * @param name what tables call it
 * @param protocol how samples are made
 * @param pretraining the generative configuration
 * @param click the discriminative configuration, for all strategies
 * @param strategies in the order of the table; NT first
 * @param rates the learning rates that every strategy chooses from, on validation users
 * @param seeds each strategy is trained with each
 * @param leastSteps the least optimizer steps of a pass: batches are as large as in the
 *     configurations, but smaller where a pass would have fewer steps
 * @param warmupShare the share of all steps over which the rate rises
 * @param sizes the sizes of the scaling study, ascending
 * @param scalingStrategy what the scaling study transfers
 * @param scalingEpochs passes of pretraining and of training there; absent: those of the
 *     configurations
 * @param compute models that are compared by the operations of their training
 */
record GpsdStudy(
    String name,
    @Default("{}") ClickProtocol protocol,
    RunConfig pretraining,
    RunConfig click,
    @Default("[\"nt\", \"ft\", \"st\", \"ft-sf\", \"st-sf\"]") List<TransferStrategy> strategies,
    List<Double> rates,
    @Default("[1, 2, 3]") List<Long> seeds,
    @Default("300") int leastSteps,
    @Default("0.05") double warmupShare,
    @Default("[]") List<Size> sizes,
    @Default("ft-sf") TransferStrategy scalingStrategy,
    @Nullable Integer scalingEpochs,
    @Default("[]") List<Row> compute) {
  /**
   * A size of the Llama form.
   *
   * @param name for example {@code l4h64a4}
   * @param blocks layers
   * @param dim width
   * @param heads attention heads
   */
  record Size(String name, int blocks, int dim, int heads) {}

  /**
   * A model that is compared by the operations of its training.
   *
   * @param family what it is a size of, for example {@code HSTU}
   * @param name for example {@code hstu-l2h32}
   * @param width the size whose width it has and whose pretrained tables it begins with, frozen
   * @param encoder the encoder
   */
  record Row(String family, String name, String width, StrictConfig encoder) {}

  /** Copies and checks the values. */
  GpsdStudy {
    strategies = List.copyOf(strategies);
    rates = List.copyOf(rates);
    seeds = List.copyOf(seeds);
    sizes = List.copyOf(sizes);
    if (rates.isEmpty() || seeds.isEmpty() || !strategies.contains(TransferStrategy.NT)) {
      throw new IllegalArgumentException(
          "strategies must hold \"nt\", and rates and seeds must not be empty");
    }
    compute = List.copyOf(compute);
    List<String> known = sizes.stream().map(Size::name).toList();
    for (Row row : compute) {
      if (!known.contains(row.width())) {
        throw new IllegalArgumentException(
            "the width of "
                + row.name()
                + " must be one of the sizes; "
                + GenRecException.knownNames(row.width(), known));
      }
    }
    if (leastSteps < 1) {
      throw new IllegalArgumentException("leastSteps must be at least 1 but is " + leastSteps);
    }
    if (!(warmupShare >= 0 && warmupShare < 1)) {
      throw new IllegalArgumentException(
          "warmupShare must be at least 0 and below 1 but is " + warmupShare);
    }
  }

  static GpsdStudy read(Path file) {
    return StrictConfig.read(file).as(GpsdStudy.class);
  }

  /** A configuration with some values changed. */
  static RunConfig edited(RunConfig config, Map<String, String> edits) {
    return ConfigSource.edited(config, edits);
  }

  /** The same configuration with another seed. */
  static RunConfig seeded(RunConfig config, long seed) {
    return edited(config, Map.of("seed", String.valueOf(seed)));
  }

  /**
   * A configuration with batch and warm-up by the study's rules.
   *
   * @param examples what a pass has
   */
  RunConfig ruled(RunConfig config, int examples) {
    int batch = Math.max(1, Math.min(config.training().batch(), examples / leastSteps));
    RunConfig small = edited(config, Map.of("training/batch", String.valueOf(batch)));
    long steps = (long) small.training().stepsPerEpoch(examples) * config.epochs();
    long warmup = Math.round(warmupShare * steps);
    return edited(small, Map.of("optimizer/warmupSteps", String.valueOf(warmup)));
  }

  /** A configuration of the comparison by operations. */
  RunConfig modelled(RunConfig config, Row row) {
    RunConfig wide = sized(config, widthOf(row));
    return edited(wide, Map.of("encoder", row.encoder().toString()));
  }

  /** The size whose width a model has. */
  Size widthOf(Row row) {
    return sizes.stream().filter(size -> size.name().equals(row.width())).findFirst().orElseThrow();
  }

  /** A configuration of the scaling study: in another size, for its passes. */
  RunConfig sized(RunConfig config, Size size) {
    Map<String, String> edits = new LinkedHashMap<>();
    if (scalingEpochs != null) {
      edits.put("epochs", String.valueOf(scalingEpochs));
    }
    edits.put("model/dim", String.valueOf(size.dim()));
    edits.put("encoder/blocks", String.valueOf(size.blocks()));
    edits.put("encoder/heads", String.valueOf(size.heads()));
    // Features are added to items, so they are as wide.
    edits.put("model/features", features(config, size.dim()));
    return edited(config, edits);
  }

  private static String features(RunConfig config, int dim) {
    return config.model().features().stream()
        .map(feature -> "{\"name\": \"" + feature.name() + "\", \"dim\": " + dim + "}")
        .toList()
        .toString();
  }
}
