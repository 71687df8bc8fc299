package io.genrec.testkit;

import io.genrec.api.sequence.Role;
import java.util.ArrayList;
import java.util.List;

/**
 * One token.
 *
 * @param time when it happened, in seconds
 * @param usedAt its prediction time
 * @param features rows of the schema's features, in their order
 */
record Token(Role role, long time, long usedAt, List<Integer> features) {
  boolean isCandidate() {
    return role == Role.CANDIDATE;
  }

  Token as(Role other) {
    return new Token(other, time, usedAt, features);
  }

  Token at(long other) {
    return new Token(role, other, usedAt, features);
  }

  Token usedAt(long other) {
    return new Token(role, time, other, features);
  }

  Token feature(int index, int value) {
    List<Integer> changed = new ArrayList<>(features);
    changed.set(index, value);
    return new Token(role, time, usedAt, List.copyOf(changed));
  }
}
