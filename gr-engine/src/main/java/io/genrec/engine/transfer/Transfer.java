package io.genrec.engine.transfer;

import io.genrec.api.GenRecException;
import io.genrec.api.graph.Parameter;
import io.genrec.api.sequence.Vocabulary;
import io.genrec.engine.model.Model;
import io.genrec.engine.optimizer.ParameterPattern;
import io.genrec.engine.optimizer.ParameterStore;
import io.genrec.engine.storage.SafeTensors;
import io.genrec.engine.storage.TensorInfo;
import io.genrec.engine.transfer.TransferReport.Entry;
import io.genrec.engine.transfer.TransferReport.Origin;
import java.nio.FloatBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apiguardian.api.API;

/**
 * Gives a model first values that another has learned. Dense parameters are taken over by name.
 * Tables are taken over row by row: each raw id of the model's vocabulary gets the row that the
 * source has for it, and row 0 ("none") the source's row 0; other rows stay as they are.
 *
 * @param strategy what reports call it
 * @param plan what is loaded and frozen
 */
@API(status = API.Status.EXPERIMENTAL, since = "0.1")
public record Transfer(String strategy, TransferPlan plan) {
  /** A named strategy. */
  public static Transfer of(TransferStrategy strategy) {
    return new Transfer(strategy.name(), strategy.plan());
  }

  /** A plan of one's own. */
  public static Transfer of(TransferPlan plan) {
    return new Transfer("custom", plan);
  }

  /**
   * Copies the values.
   *
   * @param source where from; empty only if nothing is to be loaded
   * @param model the model that begins
   * @param parameters its values, initialised
   * @param vocabularies the raw ids of each of its features
   * @return what was done to each parameter
   * @throws GenRecException {@code [GR/MissingSource]} if values are to be loaded from nowhere;
   *     {@code [GR/PatternMatchesNothing]} if a pattern matches none of the model's parameters, or
   *     none that the source has in the same shape; {@code [GR/IncompatibleWidth]} if a table's
   *     rows are not as wide as the source's. Nothing is changed then
   */
  public TransferReport apply(
      Optional<TransferSource> source,
      Model model,
      ParameterStore parameters,
      Map<String, ? extends Vocabulary> vocabularies) {
    List<Parameter> all = List.copyOf(model.parameters().values());
    plan.load().forEach(pattern -> pattern.requireMatch("transfer key \"load\"", all));
    plan.freeze().forEach(pattern -> pattern.requireMatch("transfer key \"freeze\"", all));
    if (source.isEmpty() && !plan.load().isEmpty()) {
      throw new GenRecException(
          "MissingSource",
          "transfer "
              + strategy
              + " loads values but no source is given; give the bundle of a pretrained model");
    }
    List<Origin> origins = all.stream().map(parameter -> origin(parameter, source, model)).toList();
    source.ifPresent(
        from -> plan.load().forEach(pattern -> requireLoads(pattern, all, origins, from)));
    List<Entry> entries = new ArrayList<>();
    for (int i = 0; i < origins.size(); i++) {
      entries.add(entry(all.get(i), origins.get(i), source, model, parameters, vocabularies));
    }
    return new TransferReport(
        source.map(TransferSource::version).orElse(null),
        strategy,
        entries,
        source.map(from -> unused(from, model)).orElse(List.of()));
  }

  private Origin origin(Parameter parameter, Optional<TransferSource> source, Model model) {
    if (source.isEmpty() || plan.load().stream().noneMatch(asked -> asked.matches(parameter))) {
      return Origin.NOT_ASKED;
    }
    SafeTensors weights = source.get().weights();
    if (!weights.contains(parameter.name())) {
      return Origin.NOT_IN_SOURCE;
    }
    List<Long> size = weights.info(parameter.name()).shape();
    if (TableRows.feature(parameter, model).isPresent()) {
      requireWidth(parameter, size, source.get());
      return Origin.LOADED;
    }
    return size.equals(parameter.size()) ? Origin.LOADED : Origin.OTHER_SHAPE;
  }

  private static void requireWidth(Parameter table, List<Long> size, TransferSource source) {
    if (size.size() != 2 || !size.get(1).equals(table.size().get(1))) {
      throw new GenRecException(
          "IncompatibleWidth",
          "table \""
              + table.name()
              + "\" is "
              + table.size()
              + " but that of "
              + source.version()
              + " is "
              + size
              + ": rows must be equally wide; set the model's dim to "
              + size.get(size.size() - 1)
              + " or pretrain with dim "
              + table.size().get(1));
    }
  }

  private void requireLoads(
      ParameterPattern pattern, List<Parameter> all, List<Origin> origins, TransferSource source) {
    for (int i = 0; i < origins.size(); i++) {
      if (origins.get(i) == Origin.LOADED && pattern.matches(all.get(i))) {
        return;
      }
    }
    List<String> known = source.weights().tensors().stream().map(TensorInfo::name).toList();
    throw new GenRecException(
        "PatternMatchesNothing",
        "transfer key \"load\" ("
            + pattern
            + ") matches parameters of the model, but "
            + source.version()
            + " has none of them in the same shape; between different encoders only tables can be"
            + " transferred; "
            + GenRecException.knownNames("", known));
  }

  private Entry entry(
      Parameter parameter,
      Origin origin,
      Optional<TransferSource> source,
      Model model,
      ParameterStore parameters,
      Map<String, ? extends Vocabulary> vocabularies) {
    boolean frozen = plan.freeze().stream().anyMatch(pattern -> pattern.matches(parameter));
    boolean there = origin == Origin.LOADED || origin == Origin.OTHER_SHAPE;
    List<Long> size = there ? source.orElseThrow().weights().info(parameter.name()).shape() : null;
    if (origin == Origin.LOADED && TableRows.feature(parameter, model).isPresent()) {
      int rows = loadRows(parameter, source.orElseThrow(), model, parameters, vocabularies);
      int others = Math.toIntExact(parameter.size().get(0) - 1 - rows);
      return new Entry(parameter.name(), parameter.size(), origin, frozen, size, rows, others);
    }
    if (origin == Origin.LOADED) {
      parameters.copyIn(
          parameter.name(), source.orElseThrow().weights().read(parameter.name()).data());
    }
    return new Entry(parameter.name(), parameter.size(), origin, frozen, size, null, null);
  }

  /** Gives the number of rows that the source knows, without row 0. */
  private static int loadRows(
      Parameter table,
      TransferSource source,
      Model model,
      ParameterStore parameters,
      Map<String, ? extends Vocabulary> vocabularies) {
    int[] rows = TableRows.of(table, source, model, vocabularies);
    int dim = Math.toIntExact(table.size().get(1));
    FloatBuffer theirs = source.weights().read(table.name()).data().asFloatBuffer();
    int known = 0;
    long[] row = new long[1];
    for (int i = 0; i < rows.length; i++) {
      if (rows[i] >= 0) {
        row[0] = i;
        parameters.putRows(table.name(), row, theirs.slice(rows[i] * dim, dim));
        known += i == 0 ? 0 : 1;
      }
    }
    return known;
  }

  private static List<String> unused(TransferSource source, Model model) {
    return source.weights().tensors().stream()
        .map(TensorInfo::name)
        .filter(name -> !model.parameters().containsKey(name))
        .toList();
  }
}
