package io.genrec.engine.model;

import io.genrec.api.graph.Graph;
import io.genrec.api.graph.Initializer;
import io.genrec.api.graph.Parameter;
import io.genrec.api.graph.Scope;
import io.genrec.api.graph.Tensor;
import io.genrec.api.sequence.Schema;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The embedding tables of a model, {@code embedding/<feature>}, one per feature of the schema; row
 * 0 stands for "none".
 */
final class Tables implements TableRows {
  private static final double DEVIATION = 0.02;

  private final Map<String, Parameter> tables = new LinkedHashMap<>();

  Tables(Scope root, Schema schema) {
    Scope scope = root.child("embedding");
    for (Schema.Feature feature : schema.features()) {
      Initializer initializer = Initializer.truncatedNormal(DEVIATION);
      tables.put(
          feature.name(),
          scope.embedding(feature.name(), initializer, feature.values() + 1L, feature.dim()));
    }
  }

  Parameter of(String feature) {
    Parameter table = tables.get(feature);
    if (table == null) {
      throw TableRows.unknown(feature, tables.keySet());
    }
    return table;
  }

  @Override
  public Tensor embed(Graph graph, String feature, Tensor ids) {
    return of(feature).in(graph).gather(ids);
  }

  @Override
  public List<Span> spans(Graph graph, String feature) {
    Parameter table = of(feature);
    return List.of(new Span(table.in(graph), 0, table.size().get(0)));
  }
}
