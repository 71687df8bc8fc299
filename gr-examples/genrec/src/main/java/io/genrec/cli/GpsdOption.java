package io.genrec.cli;

import io.genrec.data.SequenceDataset;
import io.genrec.gpsd.ClickData;
import io.genrec.gpsd.ClickProtocol;
import io.genrec.gpsd.GpsdData;
import java.nio.file.Path;
import org.apache.arrow.memory.BufferAllocator;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** The options that choose a data set and GPSD's samples of it. */
final class GpsdOption {
  private static final double TRAIN_SHARE = 0.7;
  private static final double VALIDATION_SHARE = 0.1;
  private static final int MIN_EVENTS = 4;
  private static final int TEST_NEGATIVES = 20;
  private static final long SEED = 17;

  @Option(
      names = {"-d", "--data"},
      required = true,
      paramLabel = "DIR",
      description = "The data set that \"genrec prepare\" made.")
  private Path folder = Path.of("");

  @Option(
      names = "--split",
      paramLabel = "NAME",
      description =
          "time: users whose last event is after the 70 %% quantile of last events are test users,"
              + " as published. seed: 30 %% of users by seed, for data without absolute times."
              + " Default: time.")
  private ClickProtocol.@Nullable Users split;

  Path folder() {
    return folder;
  }

  /** The published protocol, with the split of the command line. */
  ClickProtocol protocol() {
    return new ClickProtocol(
        split == null ? ClickProtocol.Users.TIME : split,
        TRAIN_SHARE,
        MIN_EVENTS,
        TEST_NEGATIVES,
        VALIDATION_SHARE,
        SEED);
  }

  /** The data set; the caller closes it. */
  SequenceDataset open(BufferAllocator memory) {
    return SequenceDataset.open(folder, memory, true);
  }

  /** Its samples. */
  static GpsdData samples(SequenceDataset data, ClickProtocol protocol) {
    return GpsdData.of(new ClickData(data, protocol));
  }
}
