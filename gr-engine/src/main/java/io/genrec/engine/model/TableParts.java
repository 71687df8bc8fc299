package io.genrec.engine.model;

import io.genrec.api.graph.ElementType;
import io.genrec.api.graph.Graph;
import io.genrec.api.graph.Parameter;
import io.genrec.api.graph.Tensor;
import io.genrec.api.sequence.Schema;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.apiguardian.api.API;

/**
 * A model's embedding tables divided into parts of even size, none larger than a limit, since
 * runtimes hold no tensor above 2 GiB well. A table within the limit is one part that is the table
 * itself.
 */
@API(status = API.Status.EXPERIMENTAL, since = "0.1")
public final class TableParts implements TableRows {
  private final Map<String, List<Part>> parts = new LinkedHashMap<>();

  /**
   * Consecutive rows of a table, under a name of their own.
   *
   * @param parameter the part: {@code embedding/item/part0 [rows, dim]}
   * @param table the whole table
   * @param firstRow the table's row that the part begins with
   */
  public record Part(Parameter parameter, Parameter table, long firstRow) {
    /** The number of rows. */
    public long rows() {
      return parameter.size().get(0);
    }
  }

  /**
   * Divides the tables of a model.
   *
   * @param maxBytes the most bytes of a part, in 32-bit reals; a part has at least one row
   */
  public TableParts(Model model, long maxBytes) {
    for (Schema.Feature feature : model.schema().features()) {
      parts.put(feature.name(), divide(model.table(feature.name()), maxBytes));
    }
  }

  private static List<Part> divide(Parameter table, long maxBytes) {
    long rows = table.size().get(0);
    long dim = table.size().get(1);
    long most = Math.max(1, maxBytes / (dim * Float.BYTES));
    long count = Math.max(1, (rows + most - 1) / most);
    if (count == 1) {
      return List.of(new Part(table, table, 0));
    }
    List<Part> divided = new ArrayList<>();
    for (long i = 0; i < count; i++) {
      // Sizes differ by one row at most, so that every part has at least k candidates.
      long first = rows * i / count;
      long end = rows * (i + 1) / count;
      Parameter part =
          Parameter.embedding(table.name() + "/part" + i, table.initializer(), end - first, dim);
      divided.add(new Part(part, table, first));
    }
    return List.copyOf(divided);
  }

  /** The parts of each feature's table, in the order of their rows. */
  public Map<String, List<Part>> parts() {
    return Collections.unmodifiableMap(parts);
  }

  /** The most items that one answer can hold: the rows of the smallest part of the item table. */
  public long maxItems() {
    return of(Schema.ITEM).stream().mapToLong(Part::rows).min().orElse(0);
  }

  private List<Part> of(String feature) {
    List<Part> found = parts.get(feature);
    if (found == null) {
      throw TableRows.unknown(feature, parts.keySet());
    }
    return found;
  }

  @Override
  public List<Span> spans(Graph graph, String feature) {
    return of(feature).stream()
        .map(part -> new Span(part.parameter().in(graph), part.firstRow(), part.rows()))
        .toList();
  }

  /** Each part gives its rows and zeros for all others; their sum is exact. */
  @Override
  public Tensor embed(Graph graph, String feature, Tensor ids) {
    List<Span> spans = spans(graph, feature);
    if (spans.size() == 1) {
      return spans.get(0).rows().gather(ids);
    }
    Tensor sum = null;
    for (Span span : spans) {
      Local local = Local.of(ids, span);
      Tensor inside = local.inside().cast(ElementType.FLOAT).unsqueeze(-1);
      Tensor rows = span.rows().gather(local.row()).times(inside);
      sum = sum == null ? rows : sum.plus(rows);
    }
    return java.util.Objects.requireNonNull(sum);
  }

  /**
   * Rows of a table as rows of a part.
   *
   * @param inside whether a row is in the part
   * @param row the row within the part; 0 if it is in another
   */
  record Local(Tensor inside, Tensor row) {
    static Local of(Tensor ids, Span span) {
      Graph graph = ids.graph();
      Tensor shifted = ids.minus(graph.constant(span.first()));
      Tensor inside =
          shifted.atLeast(graph.constant(0L)).and(shifted.lessThan(graph.constant(span.count())));
      return new Local(inside, inside.where(shifted, graph.constant(0L)));
    }
  }
}
