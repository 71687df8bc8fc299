package io.genrec.data.synthetic;

import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;

/** Makes the records of a {@link DirichletStream} one after the other. */
final class DirichletRecords {
  private final DirichletStream stream;
  private final SplittableRandom random;
  private final int[] categoryOf;
  private final List<List<Integer>> available = new ArrayList<>();
  private final List<Integer> nonEmpty = new ArrayList<>();
  private int released;
  private int record;
  private final int[] items;

  DirichletRecords(DirichletStream stream) {
    this.stream = stream;
    this.random = new SplittableRandom(stream.seed());
    this.categoryOf = random.ints(stream.items(), 0, stream.categories()).toArray();
    this.items = new int[stream.length()];
    for (int category = 0; category < stream.categories(); category++) {
      available.add(new ArrayList<>());
    }
  }

  int category(int item) {
    return categoryOf[item];
  }

  /** The next record's items; the array is overwritten by the record after it. */
  int[] next() {
    release(stream.available(record++));
    int[] categories = categories();
    double[] upTo = prior(categories.length);
    double alpha =
        stream.leastAlpha() + random.nextDouble() * (stream.mostAlpha() - stream.leastAlpha());
    for (int t = 0; t < items.length; t++) {
      // An earlier place at random is an item in proportion to its count.
      items[t] =
          random.nextDouble() * (alpha + t) < alpha
              ? draw(available.get(categories[place(upTo)]))
              : items[random.nextInt(t)];
    }
    return items;
  }

  private void release(int end) {
    for (; released < end; released++) {
      List<Integer> own = available.get(categoryOf[released]);
      if (own.isEmpty()) {
        nonEmpty.add(categoryOf[released]);
      }
      own.add(released);
    }
  }

  /** Different categories: the beginning of a shuffle that stops early. */
  private int[] categories() {
    int most = Math.min(stream.categoriesPerRecord(), nonEmpty.size());
    int[] chosen = new int[1 + random.nextInt(most)];
    for (int i = 0; i < chosen.length; i++) {
      int other = i + random.nextInt(nonEmpty.size() - i);
      int category = nonEmpty.get(other);
      nonEmpty.set(other, nonEmpty.get(i));
      nonEmpty.set(i, category);
      chosen[i] = category;
    }
    return chosen;
  }

  /** Cumulated weights that are uniform over the simplex: exponential numbers over their sum. */
  private double[] prior(int size) {
    double[] upTo = new double[size];
    double sum = 0;
    for (int i = 0; i < size; i++) {
      sum -= Math.log(1 - random.nextDouble());
      upTo[i] = sum;
    }
    return upTo;
  }

  private int place(double[] upTo) {
    double at = random.nextDouble() * upTo[upTo.length - 1];
    int place = 0;
    while (place < upTo.length - 1 && at >= upTo[place]) {
      place++;
    }
    return place;
  }

  private int draw(List<Integer> from) {
    return from.get(random.nextInt(from.size()));
  }
}
