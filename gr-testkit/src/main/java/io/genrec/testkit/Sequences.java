package io.genrec.testkit;

import io.genrec.api.sequence.History;
import io.genrec.api.sequence.Role;
import io.genrec.api.sequence.Schema;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;

/** Draws sequences: random features, times that grow by seconds up to half a year. */
final class Sequences {
  /** When histories begin, in seconds since 1970. */
  static final long EPOCH = 1_600_000_000L;

  private final Schema schema;
  private final SplittableRandom random;

  Sequences(Schema schema, long seed) {
    this.schema = schema;
    this.random = new SplittableRandom(seed);
  }

  /** A sequence that begins with a given item. */
  Sequence draw(int firstItem, int events, int candidates) {
    long[] times = new long[events + 1];
    times[0] = EPOCH + random.nextInt(1 << 20);
    for (int i = 1; i <= events; i++) {
      times[i] = times[i - 1] + (1L << random.nextInt(24));
    }
    List<Token> tokens = new ArrayList<>();
    for (int i = 0; i < events; i++) {
      Token event = new Token(Role.EVENT, times[i], times[i + 1], features());
      tokens.add(i == 0 ? event.feature(0, firstItem) : event);
    }
    int first = random.nextInt(schema.features().get(0).values());
    for (int c = 0; c < candidates; c++) {
      // Candidates of one request are different items.
      int item = 1 + (first + 5 * c) % schema.features().get(0).values();
      Token candidate = new Token(Role.CANDIDATE, times[events], times[events], features());
      tokens.add(candidate.feature(0, item));
    }
    return new Sequence(tokens, times[events]);
  }

  private List<Integer> features() {
    return schema.features().stream().map(f -> 1 + random.nextInt(f.values())).toList();
  }

  /** The same sequence without any time. */
  static Sequence untimed(Sequence sequence) {
    List<Token> tokens =
        sequence.tokens().stream()
            .map(token -> token.at(History.NO_TIME).usedAt(History.NO_TIME))
            .toList();
    return new Sequence(tokens, History.NO_TIME);
  }
}
