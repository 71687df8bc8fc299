package io.genrec.cli;

import io.genrec.api.GenRecException;
import io.genrec.data.Split;
import io.genrec.engine.run.RunConfig;
import io.genrec.engine.storage.ModelCard;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * The split that a model was trained under, as far as its bundle tells. A cut in time is one of the
 * data that it was made for: on other data it is not used unless somebody says so.
 *
 * @param configured what the configuration says
 * @param protocol the rule under which it was trained
 * @param data what it was trained on, if that is known
 */
record TrainedSplit(
    Split configured, Split.Protocol protocol, ModelCard.@Nullable DataProvenance data) {
  private static final int SHORT = 12;

  /** That of a bundle. */
  static TrainedSplit of(ModelCard card) {
    Split configured = DataOption.splitOf(card.configuration().as(RunConfig.class));
    ModelCard.DataProvenance data = card.data();
    String word = data == null ? "" : data.protocol();
    Split.Protocol protocol =
        Arrays.stream(Split.Protocol.values())
            .filter(rule -> rule.word().equals(word))
            .findFirst()
            .orElse(configured.protocol());
    return new TrainedSplit(configured, protocol, data);
  }

  /**
   * The split itself.
   *
   * @throws GenRecException {@code [GR/MissingCut]} if it has a cut that the bundle does not tell
   */
  Split split() {
    if (protocol == configured.protocol()) {
      return DataOption.requireCut(configured);
    }
    if (protocol.hasCut()) {
      throw new GenRecException(
          "MissingCut",
          "the model was trained with the protocol "
              + protocol.word()
              + ", and its bundle does not say where the periods begin; "
              + DataOption.cutOptions(protocol));
    }
    return new Split(protocol, 0);
  }

  /**
   * Refuses data for which the cut was not made, and a cut that is not the model's.
   *
   * @throws GenRecException {@code [GR/MissingCut]}
   */
  void requireFor(OpenData open) {
    if (data == null
        || !protocol.hasCut()
        || data.splitHash().equals(open.split().splitHash())
        || data.splitHash().equals(open.split().preparedSplitHash())) {
      return;
    }
    throw new GenRecException(
        "MissingCut",
        "the model was trained on data set \""
            + data.name()
            + "\", split "
            + data.splitHash().substring(0, SHORT)
            + "; with the cut of the bundle's configuration, "
            + configured.cut()
            + ", "
            + open.folder()
            + " has the split "
            + open.split().shortHash()
            + ", so this is other data, or the model's cut was another, or its ties were shuffled (then"
            + " give the same --shuffle-ties and the cut); "
            + DataOption.cutOptions(protocol));
  }
}
