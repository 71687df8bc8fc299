package io.genrec.testkit;

import io.genrec.api.task.Label;
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
   * What came of a label.
   *
   * @param truth 0 or 1, or how large it was
   * @param weight what the position's weight is multiplied by; 0 if nothing is known
   */
  record Outcome(double truth, double weight) {}

  /**
   * One output and what it is to predict.
   *
   * @param output the row of the table that the output is looked up in
   * @param negatives its own
   * @param outcomes one for each label
   */
  record Position(
      int output, int target, double weight, List<Integer> negatives, List<Outcome> outcomes) {
    Position output(int other) {
      return new Position(other, target, weight, negatives, outcomes);
    }

    Position target(int other) {
      return new Position(output, other, weight, negatives, outcomes);
    }

    Position weight(double other) {
      return new Position(output, target, other, negatives, outcomes);
    }

    Position negatives(List<Integer> others) {
      return new Position(output, target, weight, others, outcomes);
    }

    /** The same with other truths where they are not known. */
    Position otherUnknown() {
      List<Outcome> others =
          outcomes.stream()
              .map(
                  known ->
                      weight * known.weight() != 0
                          ? known
                          : new Outcome(1 - known.truth(), known.weight()))
              .toList();
      return new Position(output, target, weight, negatives, others);
    }

    /** How much a label counts. */
    double weightOf(int label) {
      return weight * outcomes.get(label).weight();
    }

    boolean isLabelled() {
      return weight != 0 && outcomes.stream().anyMatch(outcome -> outcome.weight() != 0);
    }
  }

  /**
   * A batch with outputs from row 1 on and weights other than 1; some positions do not count, and
   * some outcomes of others are not known.
   */
  static LossBatch draw(int[] lengths, int rows, int negatives, List<Label> labels, long seed) {
    SplittableRandom random = new SplittableRandom(seed);
    SplittableRandom outcomes = random.split();
    List<Row> drawn = new ArrayList<>();
    int output = 1;
    for (int length : lengths) {
      List<Position> positions = new ArrayList<>();
      for (int i = 0; i < length; i++) {
        boolean counts = i != 1;
        int target = counts ? 1 + random.nextInt(rows - 1) : 0;
        double weight = counts ? 0.5 + random.nextInt(4) : 0;
        List<Outcome> came = new ArrayList<>();
        for (Label label : labels) {
          boolean known = (i + came.size()) % 3 != 0;
          came.add(new Outcome(truth(label, outcomes), known ? 1 + outcomes.nextInt(3) : 0));
        }
        List<Integer> own = items(negatives, rows, random);
        positions.add(new Position(output++, target, weight, own, came));
      }
      drawn.add(new Row(positions, items(negatives, rows, random)));
    }
    return new LossBatch(drawn, items(negatives, rows, random));
  }

  private static double truth(Label label, SplittableRandom random) {
    return label.kind() == Label.Kind.BINARY ? random.nextInt(2) : (float) random.nextDouble();
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
