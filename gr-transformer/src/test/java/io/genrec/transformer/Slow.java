package io.genrec.transformer;

/** An encoder in plain loops over 64-bit reals, one sequence at a time. */
@FunctionalInterface
interface Slow {
  /** The outputs of one sequence, which is the b-th of its batch. */
  double[][] encode(int b, int[] items, Masks masks);
}
