package io.genrec.transformer;

import io.genrec.api.graph.Tensor;

/**
 * Rotary position embedding (RoFormer, arXiv 2104.09864, section 3.2.2): pair i of a head, entries
 * 2i and 2i+1, is turned by {@code position * theta^(-2i / headDim)}. So the product of a query and
 * a key depends on their distance alone.
 */
final class Rotary {
  private final int headDim;
  private final int maxLength;
  private final double[] cosines;
  private final double[] sines;
  private final double[] quarterTurn;

  /**
   * Makes the tables, on the host: they are constants of a graph, exact in every precision.
   *
   * @param headDim the even width of a head
   * @param maxLength the number of positions
   * @param theta the base of the angles
   */
  Rotary(int headDim, int maxLength, double theta) {
    this.headDim = headDim;
    this.maxLength = maxLength;
    cosines = new double[maxLength * headDim];
    sines = new double[maxLength * headDim];
    for (int i = 0; i < cosines.length; i++) {
      int pair = i % headDim / 2;
      double angle = i / headDim * Math.pow(theta, -2.0 * pair / headDim);
      cosines[i] = Math.cos(angle);
      sines[i] = Math.sin(angle);
    }
    quarterTurn = new double[headDim * headDim];
    for (int i = 0; i < headDim; i += 2) {
      quarterTurn[i * headDim + i + 1] = 1;
      quarterTurn[(i + 1) * headDim + i] = -1;
    }
  }

  /**
   * Every head turned by its token's position: (a, b) becomes (a cos - b sin, b cos + a sin).
   *
   * @param x real {@code [batch, length, heads, headDim]}
   * @param position whole {@code [1 or batch, length]}
   */
  Tensor rotate(Tensor x, Tensor position) {
    Tensor turned = x.matmul(constant(x, quarterTurn, headDim));
    return x.times(at(position, cosines)).plus(turned.times(at(position, sines)));
  }

  /** Rows of a table by position, the same for all heads. */
  private Tensor at(Tensor position, double[] table) {
    return constant(position, table, maxLength).gather(position).unsqueeze(2);
  }

  private Tensor constant(Tensor like, double[] values, int rows) {
    return like.graph().constants(values).reshape(rows, headDim);
  }
}
