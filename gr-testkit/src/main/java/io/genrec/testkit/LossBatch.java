package io.genrec.testkit;

import io.genrec.api.training.Sampler.Sharing;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.SplittableRandom;
import java.util.function.UnaryOperator;

/**
 * What a loss sees of a batch, apart from values.
 *
 * @param rows the sequences
 * @param negatives those that the whole batch shares
 */
record LossBatch(List<Row> rows, List<Integer> negatives) {
  LossBatch {
    rows = List.copyOf(rows);
  }

  /**
   * One sequence.
   *
   * @param negatives those that its positions share
   */
  record Row(List<Position> positions, List<Integer> negatives) {
    Row {
      positions = List.copyOf(positions);
    }
  }

  /**
   * One output and what it is to predict.
   *
   * @param output the row of the table that the output is looked up in
   * @param negatives its own
   */
  record Position(int output, int target, double weight, List<Integer> negatives) {
    Position weight(double other) {
      return new Position(output, target, other, negatives);
    }

    Position negatives(List<Integer> others) {
      return new Position(output, target, weight, others);
    }
  }

  /** A batch with outputs from row 1 on and weights other than 1; some positions do not count. */
  static LossBatch draw(int[] lengths, int rows, int negatives, long seed) {
    SplittableRandom random = new SplittableRandom(seed);
    List<Row> drawn = new ArrayList<>();
    int output = 1;
    for (int length : lengths) {
      List<Position> positions = new ArrayList<>();
      for (int i = 0; i < length; i++) {
        boolean counts = i != 1;
        int target = counts ? 1 + random.nextInt(rows - 1) : 0;
        double weight = counts ? 0.5 + random.nextInt(4) : 0;
        positions.add(new Position(output++, target, weight, items(negatives, rows, random)));
      }
      drawn.add(new Row(positions, items(negatives, rows, random)));
    }
    return new LossBatch(drawn, items(negatives, rows, random));
  }

  /** Rows other than 0, in any order, also repeatedly. */
  static List<Integer> items(int count, int rows, SplittableRandom random) {
    return random.ints(count, 1, rows).boxed().toList();
  }

  int length() {
    return rows.stream().mapToInt(row -> row.positions().size()).max().orElse(0);
  }

  List<Position> positions() {
    return rows.stream().flatMap(row -> row.positions().stream()).toList();
  }

  /** One sequence as a batch of its own. */
  LossBatch only(int row) {
    return new LossBatch(List.of(rows.get(row)), negatives);
  }

  /** The same with each position replaced. */
  LossBatch map(UnaryOperator<Position> other) {
    List<Row> mapped =
        rows.stream()
            .map(row -> new Row(row.positions().stream().map(other).toList(), row.negatives()))
            .toList();
    return new LossBatch(mapped, negatives);
  }

  /** The same with all negatives replaced. */
  LossBatch mapNegatives(UnaryOperator<List<Integer>> other) {
    List<Row> mapped =
        map(position -> position.negatives(other.apply(position.negatives()))).rows().stream()
            .map(row -> new Row(row.positions(), other.apply(row.negatives())))
            .toList();
    return new LossBatch(mapped, other.apply(negatives));
  }

  /** Sequences, and the positions of each, in reverse order. */
  LossBatch reversed() {
    List<Row> reversed = new ArrayList<>();
    for (Row row : rows) {
      List<Position> positions = new ArrayList<>(row.positions());
      Collections.reverse(positions);
      reversed.add(new Row(positions, row.negatives()));
    }
    Collections.reverse(reversed);
    return new LossBatch(reversed, negatives);
  }

  /** The negatives in the order in which a graph reads them, padding with row 1. */
  long[] negatives(Sharing sharing, int padded) {
    List<Integer> all = new ArrayList<>();
    if (sharing == Sharing.BATCH) {
      all.addAll(negatives);
    }
    for (Row row : rows) {
      if (sharing == Sharing.SEQUENCE) {
        all.addAll(row.negatives());
      }
      for (int i = 0; sharing == Sharing.POSITION && i < padded; i++) {
        boolean there = i < row.positions().size();
        all.addAll(
            there ? row.positions().get(i).negatives() : Collections.nCopies(negatives.size(), 1));
      }
    }
    return all.stream().mapToLong(Integer::longValue).toArray();
  }
}
