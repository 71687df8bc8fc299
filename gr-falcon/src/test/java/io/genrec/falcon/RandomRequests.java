package io.genrec.falcon;

import io.genrec.api.inference.Anchor;
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
            : random.nextInt(2) == 0 ? before : before.longer(random.nextInt(4));
    users.put(user, events);
    int seen = random.nextInt(10) == 0 ? random.nextInt(events.size() + 1) : events.size();
    long first = anchor.start(seen);
    History shown = events.slice((int) first, seen);
    long last = seen == 0 ? 1_600_000_000L : events.time(seen - 1);
    long later = random.nextInt(6) == 0 ? 0 : 1L << random.nextInt(22);
    Optional<String> key = random.nextInt(8) == 0 ? Optional.empty() : Optional.of("user" + user);
    return new ScoringRequest(shown, first, last + later, key, candidates());
  }

  private History candidates() {
    int size =
        switch (random.nextInt(12)) {
          case 0 -> 0;
          case 1 -> 100 + random.nextInt(30);
          default -> 1 + random.nextInt(24);
        };
    int[] items = random.ints(size, 0, Scoring.ITEMS + 1).toArray();
    return new Scoring.Events(0, items, random.longs(size, 0, 9).toArray());
  }
}
