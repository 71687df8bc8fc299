package io.genrec.engine;

import io.genrec.api.storage.VocabularyFile;
import it.unimi.dsi.fastutil.ints.IntArrays;
import it.unimi.dsi.fastutil.ints.IntSet;
import java.util.ArrayList;
import java.util.List;

/**
 * The prior: items by how many events of the data set they have, most first, equal counts in the
 * order of rows.
 */
final class PopularItems {
  private final VocabularyFile items;
  private final int[] order;

  PopularItems(VocabularyFile items) {
    this.items = items;
    this.order = new int[items.size()];
    for (int i = 0; i < order.length; i++) {
      order[i] = i + 1;
    }
    IntArrays.stableSort(order, (a, b) -> Long.compare(items.count(b), items.count(a)));
  }

  /** The first items that are not excluded, at most k; a score is a count. */
  List<Ranked> best(int k, IntSet excluded) {
    List<Ranked> best = new ArrayList<>();
    for (int i = 0; i < order.length && best.size() < k; i++) {
      if (!excluded.contains(order[i])) {
        best.add(new Ranked(order[i], items.count(order[i])));
      }
    }
    return best;
  }
}
