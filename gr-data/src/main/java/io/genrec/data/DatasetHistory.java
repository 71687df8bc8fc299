package io.genrec.data;

import io.genrec.api.sequence.History;
import io.genrec.api.sequence.Schema;

/** A range of one user's events, read in place. */
record DatasetHistory(SequenceDataset data, int user, int begin, int end) implements History {
  @Override
  public int size() {
    return end - begin;
  }

  @Override
  public int category(String feature, int event) {
    return feature.equals(Schema.ITEM)
        ? data.item(user, begin + event)
        : data.whole(feature, user, begin + event);
  }

  @Override
  public float number(String feature, int event) {
    return data.numeric(feature).get(user, begin + event);
  }

  @Override
  public int user(String feature) {
    return data.userCategorical(feature, user);
  }

  @Override
  public int moment(int event) {
    return data.moment(user, begin + event) - data.moment(user, 0);
  }

  @Override
  public long time(int event) {
    return data.time(user, begin + event);
  }

  @Override
  public History slice(int from, int to) {
    if (from < 0 || from > to || to > size()) {
      throw new IndexOutOfBoundsException("events " + from + " to " + to + " of " + size());
    }
    return new DatasetHistory(data, user, begin + from, begin + to);
  }
}
