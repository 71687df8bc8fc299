package io.genrec.cli;

import io.genrec.api.config.Default;
import io.genrec.api.config.StrictConfig;
import io.genrec.engine.run.RunConfig;
import io.genrec.engine.transfer.TransferStrategy;
import io.genrec.gpsd.ClickProtocol;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

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
 * @param sizes the sizes of the scaling study, ascending
 * @param scalingStrategy what the scaling study transfers
 */
record GpsdStudy(
    String name,
    @Default("{}") ClickProtocol protocol,
    RunConfig pretraining,
    RunConfig click,
    @Default("[\"nt\", \"ft\", \"st\", \"ft-sf\", \"st-sf\"]") List<TransferStrategy> strategies,
    List<Double> rates,
    @Default("[1, 2, 3]") List<Long> seeds,
    @Default("[]") List<Size> sizes,
    @Default("ft-sf") TransferStrategy scalingStrategy) {
  /**
   * A size of the Llama form.
   *
   * @param name for example {@code l4h64a4}
   * @param blocks layers
   * @param dim width
   * @param heads attention heads
   */
  record Size(String name, int blocks, int dim, int heads) {}

  /** Copies and checks the lists. */
  GpsdStudy {
    strategies = List.copyOf(strategies);
    rates = List.copyOf(rates);
    seeds = List.copyOf(seeds);
    sizes = List.copyOf(sizes);
    if (rates.isEmpty() || seeds.isEmpty() || !strategies.contains(TransferStrategy.NT)) {
      throw new IllegalArgumentException(
          "strategies must hold \"nt\", and rates and seeds must not be empty");
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

  /** The same configuration in another size. */
  static RunConfig sized(RunConfig config, Size size) {
    Map<String, String> edits = new LinkedHashMap<>();
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
