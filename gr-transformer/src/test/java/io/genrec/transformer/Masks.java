package io.genrec.transformer;

/** What dropout multiplies entries by. */
@FunctionalInterface
interface Masks {
  /** Outside training. */
  Masks NONE = (site, place) -> 1;

  /**
   * The factor of an entry.
   *
   * @param site for example {@code llama/input}
   * @param place the sequence, then the entry's place in the tensor
   */
  double at(String site, int... place);
}
