package io.genrec.examples.baselines;

import io.genrec.api.GenRecException;
import io.genrec.api.inference.Baseline;
import io.genrec.api.sequence.History;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.function.Consumer;
import org.ejml.data.DMatrixRBlock;
import org.ejml.data.DMatrixRMaj;
import org.ejml.dense.block.MatrixOps_DDRB;
import org.ejml.dense.block.linsol.chol.CholeskyOuterSolver_DDRB;
import org.jspecify.annotations.Nullable;

/**
 * EASE, an item-item model in closed form (arXiv 1905.03375). With X the matrix of users and items,
 * 1 where a user has an item:
 *
 * <pre>
 *   P = (X'X + lambda I)^-1
 *   B_ij = -P_ij / P_jj for i not j, and 0 on the diagonal
 *   scores = x B for the row x of a history
 * </pre>
 */
final class Ease implements Baseline {
  private static final long BYTES_PER_PAIR = 16;

  private final EaseConfig config;

  /** B by rows of history items; row and column 0 are empty. */
  private volatile float @Nullable [][] weights;

  Ease(EaseConfig config) {
    this.config = config;
  }

  /**
   * {@inheritDoc}
   *
   * @throws GenRecException {@code [GR/TooManyItems]} if the catalogue is larger than the
   *     configuration allows
   */
  @Override
  public void fit(int items, Consumer<Consumer<History>> histories) {
    if (items > config.maxItems()) {
      throw new GenRecException(
          "TooManyItems",
          String.format(
              Locale.ROOT,
              "ease computes with all pairs of items: %,d items take %.1f GB of Java heap, and its"
                  + " limit \"maxItems\" is %,d; use \"item-knn\", or raise both the limit and the"
                  + " heap",
              items,
              1e-9 * BYTES_PER_PAIR * items * items,
              config.maxItems()));
    }
    DMatrixRBlock inverse = inverse(blocks(gram(items, ItemSets.all(histories))));
    float[][] fitted = new float[items + 1][items + 1];
    for (int i = 1; i <= items; i++) {
      for (int j = 1; j <= items; j++) {
        double weight = -inverse.get(i - 1, j - 1) / inverse.get(j - 1, j - 1);
        fitted[i][j] = i == j ? 0 : (float) weight;
      }
    }
    weights = fitted;
  }

  /** How many users have both of two items, and lambda more on the diagonal. */
  private DMatrixRMaj gram(int items, List<int[]> users) {
    DMatrixRMaj gram = new DMatrixRMaj(items, items);
    for (int[] user : users) {
      for (int a : user) {
        for (int b : user) {
          gram.data[(a - 1) * items + b - 1]++;
        }
      }
    }
    for (int i = 0; i < items; i++) {
      gram.data[i * items + i] += config.lambda();
    }
    return gram;
  }

  /** The same in blocks, which processors' caches like. */
  private static DMatrixRBlock blocks(DMatrixRMaj matrix) {
    DMatrixRBlock blocks = new DMatrixRBlock(matrix.numRows, matrix.numCols);
    MatrixOps_DDRB.convert(matrix, blocks);
    return blocks;
  }

  /** The inverse of a positive definite matrix, whose memory is used up: two matrices in all. */
  private static DMatrixRBlock inverse(DMatrixRBlock matrix) {
    CholeskyOuterSolver_DDRB solver = new CholeskyOuterSolver_DDRB();
    if (!solver.setA(matrix)) {
      throw new IllegalStateException("a sum of squares and a positive diagonal has an inverse");
    }
    DMatrixRBlock inverse = new DMatrixRBlock(matrix.numRows, matrix.numCols);
    solver.invert(inverse);
    return inverse;
  }

  /**
   * {@inheritDoc}
   *
   * @throws IllegalStateException before {@link #fit}
   * @throws IllegalArgumentException unless there is a score for each item and for row 0
   */
  @Override
  public void score(History history, float[] scores) {
    float[][] fitted = weights;
    if (fitted == null) {
      throw new IllegalStateException("ease has to be fitted before it scores");
    }
    ItemSets.requireRoom(scores, fitted.length - 1);
    Arrays.fill(scores, 0);
    for (int item : ItemSets.of(history)) {
      float[] row = fitted[item];
      for (int other = 1; other < row.length; other++) {
        scores[other] += row[other];
      }
    }
  }
}
