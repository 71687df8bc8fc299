package io.genrec.gpsd;

import io.genrec.data.SequenceDataset;
import java.util.Arrays;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/** What is known of items by their events: of each item the first that the data holds. */
final class ItemFeatures {
  private final SequenceDataset data;
  private final int[] users;
  private final int[] events;
  private final Map<String, int[]> categories = new ConcurrentHashMap<>();

  ItemFeatures(SequenceDataset data) {
    this.data = data;
    users = new int[data.items() + 1];
    events = new int[data.items() + 1];
    Arrays.fill(events, -1);
    for (int user = 0; user < data.users(); user++) {
      for (int event = 0; event < data.length(user); event++) {
        int item = data.item(user, event);
        if (events[item] < 0) {
          users[item] = user;
          events[item] = event;
        }
      }
    }
  }

  /** The row of a feature's value of an item; 0 if the data has no event of it. */
  int category(String feature, int item) {
    return categories.computeIfAbsent(feature, this::byItem)[item];
  }

  private int[] byItem(String feature) {
    int[] rows = new int[events.length];
    for (int item = 1; item < rows.length; item++) {
      rows[item] = events[item] < 0 ? 0 : data.categorical(feature).get(users[item], events[item]);
    }
    return rows;
  }

  /** The number of a feature of an item; NaN if the data has no event of it. */
  float number(String feature, int item) {
    return events[item] < 0 ? Float.NaN : data.numeric(feature).get(users[item], events[item]);
  }
}
