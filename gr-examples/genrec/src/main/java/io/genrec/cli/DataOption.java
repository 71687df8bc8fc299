package io.genrec.cli;

import io.genrec.api.GenRecException;
import io.genrec.api.config.StrictConfig;
import io.genrec.data.Split;
import io.genrec.engine.run.RunConfig;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
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
          "Put each user's events of one moment (or, where the data has no moments, of one second)"
              + " into a seeded random order: shows what the arbitrary order of ties is worth.")
  private @Nullable Long tieSeed;

  Path folder() {
    return folder;
  }

  /**
   * The data set and its split; the caller closes it.
   *
   * @param otherwise the split if no other is given
   * @throws GenRecException {@code [GR/MissingCut]} if that lacks the cut that its protocol needs
   */
  OpenData open(BufferAllocator memory, Split otherwise) {
    Split split = asked() ? split(otherwise.protocol()) : requireCut(otherwise);
    return OpenData.open(folder, split, tieSeed, memory);
  }

  /**
   * The data set and its split for a model that was trained before; the caller closes it.
   *
   * @param trained the split if no other is given
   * @throws GenRecException {@code [GR/MissingCut]} if that has a cut which is not one of this data
   */
  OpenData open(BufferAllocator memory, TrainedSplit trained) {
    if (asked()) {
      return OpenData.open(folder, split(trained.protocol()), tieSeed, memory);
    }
    OpenData open = OpenData.open(folder, trained.split(), tieSeed, memory);
    try {
      trained.requireFor(open);
      return open;
    } catch (RuntimeException e) {
      open.close();
      throw e;
    }
  }

  private boolean asked() {
    return protocol != null || cut != null || validation != null;
  }

  /** The split that a configuration names, else leave one out with validation. */
  static Split splitOf(RunConfig config) {
    StrictConfig split = config.split();
    return split == null ? Split.strict() : split.as(Split.class);
  }

  /** A split as it is, unless it lacks the cut that its protocol needs. */
  static Split requireCut(Split split) {
    boolean periods = split.protocol() == Split.Protocol.IMPRESSIONS;
    if (split.protocol().hasCut() && split.cut() == 0 || periods && split.validation() == 0) {
      throw new GenRecException(
          "MissingCut",
          "the configuration's split has the protocol "
              + split.protocol().word()
              + " and does not say where its periods begin; "
              + cutOptions(split.protocol()));
    }
    return split;
  }

  /** What to do where a cut is missing. */
  static String cutOptions(Split.Protocol rule) {
    return "say where the periods of this data begin, as seconds since 1970 or dates: --protocol "
        + rule.word()
        + (rule == Split.Protocol.IMPRESSIONS ? " --validation TIME" : "")
        + " --cut TIME";
  }

  /** A split as configurations have it. */
  static StrictConfig config(Split split) {
    Map<String, Object> named = new LinkedHashMap<>();
    named.put("protocol", split.protocol().word());
    if (split.protocol() == Split.Protocol.IMPRESSIONS) {
      named.put("validation", split.validation());
    }
    if (split.protocol().hasCut()) {
      named.put("cut", split.cut());
    }
    return StrictConfig.parse("split", StrictConfig.toJson(named));
  }

  private Split split(Split.Protocol otherwise) {
    Split.Protocol rule = protocol == null ? otherwise : protocol;
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
              + rule.word()
              + " needs --cut: seconds since 1970, or a date such as 2018-01-31");
    }
    return new Split(rule, Times.parse("--cut", cut));
  }
}
