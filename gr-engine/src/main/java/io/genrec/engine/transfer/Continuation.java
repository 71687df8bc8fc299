package io.genrec.engine.transfer;

import io.genrec.api.GenRecException;
import io.genrec.api.graph.Parameter;
import io.genrec.api.sequence.Batch.Column;
import io.genrec.api.sequence.Fields;
import io.genrec.api.sequence.Schema;
import io.genrec.api.sequence.Series;
import io.genrec.api.sequence.Vocabulary;
import io.genrec.engine.model.Model;
import io.genrec.engine.optimizer.Optimizer;
import io.genrec.engine.optimizer.ParameterPattern;
import io.genrec.engine.optimizer.ParameterStore;
import io.genrec.engine.run.RunConfig;
import io.genrec.engine.storage.BundleReader;
import io.genrec.engine.storage.Checkpoint;
import io.genrec.engine.storage.CheckpointStore;
import io.genrec.engine.storage.ModelCard;
import io.genrec.engine.storage.SafeTensors;
import io.genrec.engine.training.Start;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.arrow.memory.BufferAllocator;
import org.apiguardian.api.API;

/**
 * A trained model that goes on to be trained, with other data. Parameters are taken over by name,
 * rows of tables by raw id; rows of new ids begin as a new model's do. So are the optimizer's
 * moments where a checkpoint of the same values has them; then steps and epochs are counted on, and
 * with the same data the result is that of a run which was never interrupted.
 *
 * <p>Keeps files open until it is closed. Not thread-safe.
 */
@API(status = API.Status.EXPERIMENTAL, since = "0.1")
public final class Continuation implements AutoCloseable {
  private static final Transfer ALL =
      Transfer.of(new TransferPlan(List.of(ParameterPattern.of("**")), List.of()));

  private final ModelCard card;
  private final TransferSource source;
  private final Optional<Checkpoint> checkpoint;

  private Continuation(ModelCard card, TransferSource source, Optional<Checkpoint> checkpoint) {
    this.card = card;
    this.source = source;
    this.checkpoint = checkpoint;
  }

  /**
   * Opens a bundle to go on from.
   *
   * @param checkpoints those of the run that wrote the bundle; moments are taken of the newest, if
   *     the bundle holds the values of the run's last epoch
   * @throws GenRecException {@code [GR/MissingBundle]}, {@code [GR/CorruptBundle]}, {@code
   *     [GR/UnsupportedBundle]}
   */
  public static Continuation open(
      Path bundle, Optional<CheckpointStore> checkpoints, BufferAllocator memory) {
    BundleReader reader = BundleReader.open(bundle);
    Optional<Checkpoint> newest = checkpoints.flatMap(CheckpointStore::latest);
    if (newest.isPresent() && !endsWithBest(newest.get())) {
      newest.get().close();
      newest = Optional.empty();
    }
    SafeTensors weights = newest.map(Checkpoint::tensors).orElseGet(reader::weights);
    return new Continuation(reader.card(), TransferSource.of(reader, weights, memory), newest);
  }

  /** Whether the last epoch is the one that counts: the best, or the last of those unmeasured. */
  private static boolean endsWithBest(Checkpoint checkpoint) {
    var history = checkpoint.state().history();
    boolean any = history.stream().anyMatch(epoch -> isBest(epoch.metrics()));
    return !history.isEmpty()
        && history.get(history.size() - 1).step() == checkpoint.state().step()
        && (!any || isBest(history.get(history.size() - 1).metrics()));
  }

  private static boolean isBest(Map<String, Double> metrics) {
    return metrics.getOrDefault("best", 0.0) == 1;
  }

  /** What the bundle says of the model. */
  public ModelCard card() {
    return card;
  }

  /** What the model was built and trained from. */
  public RunConfig configuration() {
    return card.configuration().as(RunConfig.class);
  }

  /** Where steps and epochs are counted from. */
  public Start start() {
    return checkpoint
        .map(there -> new Start(there.state().step(), there.state().epoch()))
        .orElse(Start.FRESH);
  }

  /**
   * What other data offers, with numbers normalised and cut into buckets as the model knows them.
   */
  public Fields fields(Fields offered) {
    return merge(card.offered(), offered);
  }

  static Fields merge(Fields known, Fields offered) {
    return new Fields(
        offered.categories(),
        offered.numbers().stream()
            .map(
                number ->
                    known.numbers().stream()
                        .filter(one -> one.name().equals(number.name()))
                        .findFirst()
                        .orElse(number))
            .toList(),
        offered.actions());
  }

  /**
   * Takes values and moments over.
   *
   * @param model the model that goes on
   * @param parameters its values, initialised
   * @param optimizer without steps
   * @param vocabularies the raw ids of each of the model's features
   * @return what was done to each parameter
   * @throws GenRecException {@code [GR/OtherModel]} if the model is not that of the bundle; {@code
   *     [GR/OtherActions]} if it ranks and the data has other actions; {@code
   *     [GR/IncompatibleWidth]}; {@code [GR/WrongState]} if the optimizer is another
   */
  public TransferReport begin(
      Model model,
      ParameterStore parameters,
      Optimizer optimizer,
      Map<String, ? extends Vocabulary> vocabularies) {
    requireSameSeries(model);
    requireSameModel(model);
    requireSameActions(model);
    TransferReport report = ALL.apply(Optional.of(source), model, parameters, vocabularies);
    checkpoint.ifPresent(there -> restore(there.tensors(), model, optimizer, vocabularies));
    return report.named(
        checkpoint
            .map(there -> "continuing step " + there.state().step() + " with its moments")
            .orElse("continuing without moments"));
  }

  private void requireSameModel(Model model) {
    for (Parameter parameter : model.parameters().values()) {
      boolean known = source.weights().contains(parameter.name());
      List<Long> size = known ? source.weights().info(parameter.name()).shape() : List.of();
      boolean table = TableRows.feature(parameter, model).isPresent();
      if (!known || (!table && !size.equals(parameter.size()))) {
        throw refusal(
            "OtherModel",
            "parameter \""
                + parameter.name()
                + "\" is "
                + parameter.size()
                + " here and "
                + (known ? size.toString() : "not there")
                + " in the bundle; leave the configuration out to take the bundle's, or begin with"
                + " some of its values by \"genrec transfer\"");
      }
    }
  }

  /** Actions are known by their place, which no shape tells. */
  private void requireSameActions(Model model) {
    List<String> known = card.offered().actions();
    List<String> here = model.schema().outcomes().actions();
    if (model.ranker().isPresent() && !known.equals(here)) {
      throw refusal(
          "OtherActions",
          "it knows the actions "
              + known
              + " by their order, and the data has "
              + here
              + "; name the same actions in the same order in the data mapping");
    }
  }

  /**
   * Models read the series that their data has: without one, what was learned of it would go, and
   * of another one nothing was learned.
   */
  private void requireSameSeries(Model model) {
    List<String> here = Series.of(model.schema()).names();
    List<String> known =
        card.offered().categories().stream()
            .filter(category -> category.owner() == Schema.Owner.SERIES)
            .map(Fields.Category::name)
            .toList();
    for (String name : known) {
      if (!here.contains(name)) {
        throw refusal(
            "OtherModel",
            "it reads the slower-changing series \""
                + name
                + "\", and the data has "
                + here
                + "; name it in the data mapping, with a file that may have no rows");
      }
    }
    for (String name : here) {
      if (!known.contains(name)) {
        throw refusal(
            "OtherModel",
            "the data has the slower-changing series \""
                + name
                + "\", and the model reads "
                + known
                + "; leave it out of the data mapping, or begin a model that reads it with"
                + " values of this one by \"genrec transfer\"");
      }
    }
  }

  private GenRecException refusal(String id, String why) {
    return new GenRecException(id, "cannot continue " + source.version() + ": " + why);
  }

  private void restore(
      SafeTensors tensors,
      Model model,
      Optimizer optimizer,
      Map<String, ? extends Vocabulary> vocabularies) {
    Map<String, Column> state = new LinkedHashMap<>();
    for (String name : optimizer.state().keySet()) {
      if (tensors.contains(name)) {
        state.put(name, tensors.read(name).column());
      }
    }
    Map<String, int[]> rows = new LinkedHashMap<>();
    for (Parameter parameter : model.parameters().values()) {
      if (TableRows.feature(parameter, model).isPresent()) {
        rows.put(parameter.name(), TableRows.of(parameter, source, model, vocabularies));
      }
    }
    optimizer.restore(state, rows);
  }

  @Override
  public void close() {
    source.close();
  }
}
