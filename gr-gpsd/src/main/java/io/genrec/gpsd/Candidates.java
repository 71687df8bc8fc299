package io.genrec.gpsd;

import io.genrec.api.sequence.History;
import io.genrec.api.sequence.Schema;

/**
 * Items in the place of events at one moment; the first is what came, the others are not. Their
 * other features are those of an event that each item has had.
 *
 * @param items where features of items are known from
 * @param rows the items
 * @param target the item that came
 * @param at the moment
 */
@SuppressWarnings("ArrayRecordComponent")
record Candidates(ItemFeatures items, int[] rows, int target, long at) implements History {
  @Override
  public int size() {
    return rows.length;
  }

  @Override
  public int category(String feature, int event) {
    return switch (feature) {
      case Schema.ITEM -> rows[event];
      case Schema.ACTIONS -> rows[event] == target ? 1 : 0;
      default -> items.category(feature, rows[event]);
    };
  }

  @Override
  public float number(String feature, int event) {
    return items.number(feature, rows[event]);
  }

  @Override
  public long time(int event) {
    return at;
  }

  /** A history with these as its last events. */
  History after(History past) {
    return new Joined(past, this);
  }

  private record Joined(History past, History last) implements History {
    @Override
    public int size() {
      return past.size() + last.size();
    }

    @Override
    public int category(String feature, int event) {
      return event < past.size()
          ? past.category(feature, event)
          : last.category(feature, event - past.size());
    }

    @Override
    public float number(String feature, int event) {
      return event < past.size()
          ? past.number(feature, event)
          : last.number(feature, event - past.size());
    }

    @Override
    public long time(int event) {
      return event < past.size() ? past.time(event) : last.time(event - past.size());
    }
  }
}
