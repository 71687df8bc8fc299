package io.genrec.falcon;

import io.genrec.api.inference.Candidates;
import io.genrec.api.inference.ScoringRequest;
import io.genrec.api.sequence.History;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;

/**
 * Requests of a few users as they come in service: again, later, with more events, with a shorter
 * or another past, for any number of candidates.
 */
final class RandomRequests {
  private static final int USERS = 6;

  private final Random random;
  private final Anchor anchor;
  private final Map<Integer, Scoring.Events> users = new HashMap<>();

  RandomRequests(Random random, Anchor anchor) {
    this.random = random;
    this.anchor = anchor;
  }

  /** One to four requests, perhaps of one user twice. */
  List<ScoringRequest> next() {
    List<ScoringRequest> requests = new ArrayList<>();
    int count = random.nextInt(3) == 0 ? 1 + random.nextInt(4) : 1;
    for (int i = 0; i < count; i++) {
      requests.add(one());
    }
    return requests;
  }

  private ScoringRequest one() {
    int user = random.nextInt(USERS);
    Scoring.Events before = users.get(user);
    Scoring.Events events =
        before == null || random.nextInt(12) == 0
            ? Scoring.Events.random(random, random.nextInt(20))
            : random.nextInt(2) == 0 ? before : longer(before, random.nextInt(4));
    users.put(user, events);
    int seen = random.nextInt(10) == 0 ? random.nextInt(events.size() + 1) : events.size();
    long first = anchor.start(seen);
    History shown = events.slice((int) first, seen);
    long last = seen == 0 ? 1_600_000_000L : events.time(seen - 1);
    Optional<String> key = random.nextInt(8) == 0 ? Optional.empty() : Optional.of("user" + user);
    return new ScoringRequest(shown, first, last + (1L << random.nextInt(22)), key, candidates());
  }

  private static Scoring.Events longer(Scoring.Events events, int more) {
    int size = events.size();
    int[] items = java.util.Arrays.copyOf(events.items(), size + more);
    long[] times = java.util.Arrays.copyOf(events.times(), size + more);
    for (int i = size; i < size + more; i++) {
      items[i] = 1 + (i * 7 + size) % Scoring.ITEMS;
      times[i] = (i == 0 ? 1_600_000_000L : times[i - 1]) + 1000L * i;
    }
    return new Scoring.Events(items, times);
  }

  private History candidates() {
    int size = random.nextInt(10) == 0 ? 0 : 1 + random.nextInt(24);
    return Candidates.items(random.ints(size, 0, Scoring.ITEMS + 1).toArray());
  }
}
