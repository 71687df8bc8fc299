package io.genrec.cli;

import io.genrec.api.GenRecException;
import io.genrec.api.config.StrictConfig;
import io.genrec.data.Split;
import io.genrec.engine.run.RunConfig;
import java.nio.file.Path;
import java.util.Locale;
import org.apache.arrow.memory.BufferAllocator;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** The options that choose a data set and how it is split. */
final class DataOption {
  @Option(
      names = {"-d", "--data"},
      required = true,
      paramLabel = "DIR",
      description = "The data set that \"genrec prepare\" made.")
  private Path folder = Path.of("");

  @Option(
      names = "--protocol",
      paramLabel = "NAME",
      description =
          "strict: train on all but the last two events, choose the epoch on the last but one, test"
              + " on the last. meta: train on all but the last, as published; nothing chooses the"
              + " epoch. temporal: train before --cut, test after it. impressions: train before"
              + " --validation, choose the epoch by all events from there to --cut, test on those"
              + " after it. users: train before --cut, test on the last event of each user who has"
              + " none before it. Default: what the configuration says, else strict.")
  private Split.@Nullable Protocol protocol;

  @Option(
      names = "--cut",
      paramLabel = "TIME",
      description =
          "For temporal, impressions and users: seconds since 1970, or a date such as 2018-01-31.")
  private @Nullable String cut;

  @Option(names = "--validation", paramLabel = "TIME", description = "For impressions: likewise.")
  private @Nullable String validation;

  @Option(
      names = "--shuffle-ties",
      paramLabel = "SEED",
      description =
          "Put each user's events of equal time into a seeded random order: shows what the"
              + " arbitrary order of ties is worth.")
  private @Nullable Long tieSeed;

  Path folder() {
    return folder;
  }

  /**
   * The data set and its split; the caller closes it.
   *
   * @param otherwise the split if no protocol is given
   */
  OpenData open(BufferAllocator memory, Split otherwise) {
    Split split =
        protocol == null && cut == null && validation == null
            ? otherwise
            : split(protocol == null ? otherwise.protocol() : protocol);
    return OpenData.open(folder, split, tieSeed, memory);
  }

  /** The split that a configuration names, else leave one out with validation. */
  static Split splitOf(RunConfig config) {
    StrictConfig split = config.split();
    return split == null ? Split.strict() : split.as(Split.class);
  }

  private Split split(Split.Protocol rule) {
    if (rule == Split.Protocol.IMPRESSIONS) {
      if (cut == null || validation == null) {
        throw new GenRecException(
            "InvalidValue",
            "--protocol impressions needs --validation and --cut: where the validation and the"
                + " test period begin, as seconds since 1970 or dates such as 2018-01-31");
      }
      return Split.impressions(Times.parse("--validation", validation), Times.parse("--cut", cut));
    }
    if (validation != null) {
      throw new GenRecException(
          "InvalidValue",
          "--validation " + validation + " is only for --protocol impressions; leave it out");
    }
    if (!rule.hasCut()) {
      if (cut != null) {
        throw new GenRecException(
            "InvalidValue",
            "--cut " + cut + " is only for --protocol temporal and users; leave it out");
      }
      return new Split(rule, 0);
    }
    if (cut == null) {
      throw new GenRecException(
          "InvalidValue",
          "--protocol "
              + rule.name().toLowerCase(Locale.ROOT)
              + " needs --cut: seconds since 1970, or a date such as 2018-01-31");
    }
    return new Split(rule, Times.parse("--cut", cut));
  }
}
