package io.genrec.transformer;

/** How wide an attention head is. */
final class HeadWidth {
  private HeadWidth() {}

  /** The model's width over the heads, which must divide it. */
  static int of(int dim, int heads) {
    if (dim % heads != 0) {
      throw new IllegalArgumentException(
          "heads must divide the model's width, " + dim + ", but is " + heads);
    }
    return dim / heads;
  }
}
