package io.genrec.engine.optimizer;

/** A row of a table with its moments, copied to the heap. One thread's. */
final class MomentRow {
  /** The row's values. */
  final float[] p;

  /** Its first moments. */
  final float[] m;

  /** Its second moments. */
  final float[] v;

  private final OffHeap values;
  private final OffHeap first;
  private final OffHeap second;

  MomentRow(OffHeap values, OffHeap first, OffHeap second, int dim) {
    this.values = values;
    this.first = first;
    this.second = second;
    this.p = new float[dim];
    this.m = new float[dim];
    this.v = new float[dim];
  }

  /** Copies a row to the heap. */
  void load(long row) {
    long at = row * p.length;
    values.get(at, p, p.length);
    first.get(at, m, p.length);
    second.get(at, v, p.length);
  }

  /** Copies a row back. */
  void store(long row) {
    long at = row * p.length;
    values.put(at, p, p.length);
    first.put(at, m, p.length);
    second.put(at, v, p.length);
  }
}
