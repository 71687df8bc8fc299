package io.genrec.engine.optimizer;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;

/** Goes through the rows of a gradient in pieces that may run at the same time and in any order. */
final class RowPieces {
  /** How many entries a worker takes at a time. */
  private static final int PIECE = 16 * 1024;

  private RowPieces() {}

  /** What is done with a row. */
  interface Visitor {
    /**
     * Visits a row of the parameter.
     *
     * @param sums the row's gradient
     */
    void visit(long row, float[] sums);

    /** Ends a piece. */
    default void end() {}
  }

  /** All rows of a gradient; each piece has a visitor of its own. */
  static List<Runnable> of(GradientView gradient, Supplier<Visitor> visitors) {
    List<Runnable> pieces = new ArrayList<>();
    int rows = Math.max(1, PIECE / gradient.dim());
    for (int from = 0; from < gradient.rows(); from += rows) {
      int begin = from;
      int end = Math.min(from + rows, gradient.rows());
      pieces.add(() -> visit(gradient, begin, end, visitors.get()));
    }
    return pieces;
  }

  /** The same without those rows of a whole gradient that are 0. */
  static List<Runnable> ofTouched(GradientView gradient, Supplier<Visitor> visitors) {
    if (!gradient.whole()) {
      return of(gradient, visitors);
    }
    return of(
        gradient,
        () -> {
          Visitor visitor = visitors.get();
          return new Visitor() {
            @Override
            public void visit(long row, float[] sums) {
              if (!isZero(sums)) {
                visitor.visit(row, sums);
              }
            }

            @Override
            public void end() {
              visitor.end();
            }
          };
        });
  }

  private static void visit(GradientView gradient, int begin, int end, Visitor visitor) {
    float[] sums = new float[gradient.dim()];
    for (int i = begin; i < end; i++) {
      gradient.read(i, sums);
      visitor.visit(gradient.row(i), sums);
    }
    visitor.end();
  }

  /** Whether all entries are 0. */
  static boolean isZero(float[] row) {
    for (float entry : row) {
      if (entry != 0) {
        return false;
      }
    }
    return true;
  }
}
