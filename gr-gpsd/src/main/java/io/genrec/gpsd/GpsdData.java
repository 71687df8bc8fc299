package io.genrec.gpsd;

import io.genrec.api.sequence.Fields;
import io.genrec.api.storage.Checksum;
import io.genrec.data.DatasetInfo;
import io.genrec.engine.evaluation.SeenItems;
import io.genrec.engine.run.TrainingData;
import io.genrec.gpsd.ClickData.Part;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import org.apiguardian.api.API;

/**
 * The data of runs: pretraining, and the discriminative task on its samples.
 *
 * @param click who is trained on and tested with what
 * @param samples the samples
 */
@API(status = API.Status.EXPERIMENTAL, since = "0.1")
public record GpsdData(ClickData click, ClickSamples samples) {
  /** All of some data. */
  public static GpsdData of(ClickData click) {
    return new GpsdData(click, new ClickSamples(click));
  }

  /**
   * Pretraining; no pass is better than another, so the last counts.
   *
   * @param trainUsersOnly whether test users' histories are left out
   */
  public TrainingData pretraining(boolean trainUsersOnly) {
    String protocol = trainUsersOnly ? "gpsd-train-users" : "gpsd-all-users";
    return new TrainingData(
        click.data().info().name(),
        click.data().contentHash(),
        protocol,
        hash(protocol),
        values(),
        click.pretraining(trainUsersOnly),
        Optional.empty(),
        Optional.empty(),
        SeenItems.ALL,
        click.popularity(trainUsersOnly));
  }

  /**
   * The discriminative task. The last pass counts; the questions are measured after each pass, to
   * be looked at.
   *
   * @param trained the train users, or those without the validation users
   * @param asked the validation or the test users
   * @param candidates how many are asked for in one sequence, 2 or 1
   */
  public TrainingData discriminative(Part trained, Part asked, int candidates) {
    String protocol =
        "gpsd-" + (click.protocol().split() == ClickProtocol.Users.TIME ? "time" : "seed");
    return new TrainingData(
        click.data().info().name(),
        click.data().contentHash(),
        protocol,
        hash(protocol + trained + asked + candidates),
        Fields.of(values()),
        samples.examples(trained, candidates),
        Optional.empty(),
        Optional.empty(),
        SeenItems.ALL,
        click.popularity(false),
        Optional.empty(),
        Optional.of(samples.questions(asked, candidates)));
  }

  private String hash(String what) {
    return Checksum.sha256(click.data().contentHash() + "|" + click.protocol() + "|" + what);
  }

  private Map<String, Integer> values() {
    Map<String, Integer> values = new LinkedHashMap<>();
    for (DatasetInfo.Field field : click.data().info().fields()) {
      Integer rows = field.rows();
      if (field.scope() == DatasetInfo.Scope.EVENT && rows != null) {
        values.put(field.name(), rows);
      }
    }
    return values;
  }
}
