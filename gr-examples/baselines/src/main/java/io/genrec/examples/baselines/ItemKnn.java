package io.genrec.examples.baselines;

import io.genrec.api.inference.Baseline;
import io.genrec.api.sequence.History;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.PriorityQueue;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Item-based nearest neighbours (Deshpande and Karypis 2004): two items are alike as far as the
 * same users have them, and an item's score is the sum of its likenesses to the history's items
 * among whose nearest it is.
 *
 * <pre>
 *   likeness(i, j) = users of both / (sqrt(users of i * users of j) + shrinkage)
 * </pre>
 *
 * <p>Time grows with the sum of squared lengths of histories, memory with items times neighbours.
 */
final class ItemKnn implements Baseline {
  private final ItemKnnConfig config;
  private volatile Neighbour @Nullable [][] nearest;

  /** An item and how much another one is like it. */
  private record Neighbour(int item, double likeness) {
    /** The least alike first; of equals, the one with the larger row. */
    static final Comparator<Neighbour> LEAST_FIRST =
        Comparator.comparingDouble(Neighbour::likeness)
            .thenComparing(Comparator.comparingInt(Neighbour::item).reversed());
  }

  ItemKnn(ItemKnnConfig config) {
    this.config = config;
  }

  @Override
  public void fit(int items, Consumer<Consumer<History>> histories) {
    List<int[]> users = ItemSets.all(histories);
    int[][] owners = owners(items, users);
    Neighbour[][] fitted = new Neighbour[items + 1][];
    int[] common = new int[items + 1];
    for (int item = 0; item <= items; item++) {
      Arrays.fill(common, 0);
      for (int user : owners[item]) {
        for (int other : users.get(user)) {
          common[other]++;
        }
      }
      fitted[item] = nearest(item, common, owners);
    }
    nearest = fitted;
  }

  /** The users of each item. */
  private static int[][] owners(int items, List<int[]> users) {
    int[] counts = new int[items + 1];
    users.forEach(set -> Arrays.stream(set).forEach(item -> counts[item]++));
    int[][] owners = new int[items + 1][];
    Arrays.setAll(owners, item -> new int[counts[item]]);
    for (int user = 0; user < users.size(); user++) {
      for (int item : users.get(user)) {
        owners[item][--counts[item]] = user;
      }
    }
    return owners;
  }

  private Neighbour[] nearest(int item, int[] common, int[][] owners) {
    PriorityQueue<Neighbour> best = new PriorityQueue<>(Neighbour.LEAST_FIRST);
    for (int other = 1; other < common.length; other++) {
      if (other == item || common[other] == 0) {
        continue;
      }
      double both = Math.sqrt((double) owners[item].length * owners[other].length);
      best.add(new Neighbour(other, common[other] / (both + config.shrinkage())));
      if (best.size() > config.neighbours()) {
        best.remove();
      }
    }
    return best.toArray(new Neighbour[0]);
  }

  /**
   * {@inheritDoc}
   *
   * @throws IllegalStateException before {@link #fit}
   * @throws IllegalArgumentException unless there is a score for each item and for row 0
   */
  @Override
  public void score(History history, float[] scores) {
    Neighbour[][] fitted = nearest;
    if (fitted == null) {
      throw new IllegalStateException("item-knn has to be fitted before it scores");
    }
    ItemSets.requireRoom(scores, fitted.length - 1);
    Arrays.fill(scores, 0);
    for (int item : ItemSets.of(history)) {
      for (Neighbour neighbour : fitted[item]) {
        scores[neighbour.item()] += (float) neighbour.likeness();
      }
    }
  }
}
