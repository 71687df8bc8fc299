package io.genrec.api.sequence;

/** Consecutive events of another history. */
record HistorySlice(History whole, int from, int to) implements History {
  @Override
  public int size() {
    return to - from;
  }

  @Override
  public int category(String feature, int event) {
    return whole.category(feature, from + event);
  }

  @Override
  public float number(String feature, int event) {
    return whole.number(feature, from + event);
  }

  @Override
  public int user(String feature) {
    return whole.user(feature);
  }

  @Override
  public int moment(int event) {
    return whole.moment(from + event);
  }

  @Override
  public long time(int event) {
    return whole.time(from + event);
  }

  @Override
  public History slice(int begin, int end) {
    return whole.slice(from + begin, from + end);
  }
}
