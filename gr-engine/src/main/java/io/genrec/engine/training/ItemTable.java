package io.genrec.engine.training;

import io.genrec.api.graph.Parameter;
import io.genrec.api.sequence.Batch;
import io.genrec.api.sequence.Schema;
import io.genrec.engine.model.Model;
import io.genrec.engine.optimizer.Optimizer;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Deque;
import java.util.List;

/** The table of items as a graph is given it: as a whole, or in the rows that batches name. */
final class ItemTable {
  private final Model model;
  private final Parameter table;
  private final Optimizer optimizer;
  private final boolean compact;
  private final Deque<int[]> sparePlaces = new ArrayDeque<>();

  ItemTable(Model model, Optimizer optimizer, boolean compact) {
    this.model = model;
    this.table = model.table(Schema.ITEM);
    this.optimizer = optimizer;
    this.compact = compact;
  }

  /** The parameter's name. */
  String name() {
    return table.name();
  }

  /** The width of a row. */
  long dim() {
    return table.size().get(1);
  }

  /** Whether a graph is given some rows only. */
  boolean isCompact() {
    return compact;
  }

  /** The rows that a graph of these batches is given; their ids become places among them. */
  TableRows rows(List<Batch> batches) {
    int all = Math.toIntExact(table.size().get(0));
    if (!compact) {
      return TableRows.all(all);
    }
    int[] places = places(all);
    TableRows rows = TableRows.compact(batches, Schema.ITEM, places);
    synchronized (sparePlaces) {
      sparePlaces.add(places);
    }
    return rows;
  }

  private int[] places(int rows) {
    synchronized (sparePlaces) {
      int[] places = sparePlaces.poll();
      return places != null ? places : new int[rows];
    }
  }

  /** Brings the rows that graphs read, of this table and all others, up to date. */
  void catchUp(List<TableRows> rows) {
    if (!compact) {
      optimizer.catchUpAll();
      return;
    }
    rows.forEach(some -> optimizer.catchUp(table.name(), some.ids()));
    model.schema().features().stream()
        .filter(feature -> !feature.name().equals(Schema.ITEM))
        .map(feature -> model.table(feature.name()))
        .forEach(other -> optimizer.catchUp(other.name(), allRows(other)));
  }

  private static long[] allRows(Parameter table) {
    long[] rows = new long[Math.toIntExact(table.size().get(0))];
    Arrays.setAll(rows, i -> i);
    return rows;
  }
}
