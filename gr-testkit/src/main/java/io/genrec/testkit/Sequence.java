package io.genrec.testkit;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/**
 * One user's tokens, events first, then candidates, and when they are asked about.
 *
 * @param requestTime in seconds
 */
record Sequence(List<Token> tokens, long requestTime) {
  Sequence {
    tokens = List.copyOf(tokens);
  }

  int length() {
    return tokens.size();
  }

  int candidates() {
    return (int) tokens.stream().filter(Token::isCandidate).count();
  }

  /** The number of events. */
  int history() {
    return length() - candidates();
  }

  /** The same with one token exchanged; the request stays as it is. */
  Sequence with(int index, Token other) {
    List<Token> changed = new ArrayList<>(tokens);
    changed.set(index, other);
    return new Sequence(changed, requestTime);
  }

  /** The same without its last token; the request stays as it is. */
  Sequence shorter() {
    return new Sequence(tokens.subList(0, length() - 1), requestTime);
  }

  /** The same events with the candidates in reverse order. */
  Sequence reversedCandidates() {
    List<Token> changed = new ArrayList<>(tokens);
    Collections.reverse(changed.subList(history(), length()));
    return new Sequence(changed, requestTime);
  }

  /**
   * What was known at an earlier or later request: the first events and all candidates. The last
   * event and the candidates are used at the request's time.
   *
   * @param events how many, at most those that there are
   */
  Sequence asOf(int events, long request) {
    List<Token> seen = new ArrayList<>(tokens.subList(0, events));
    if (events > 0) {
      seen.set(events - 1, seen.get(events - 1).usedAt(request));
    }
    for (Token candidate : tokens.subList(history(), length())) {
      seen.add(candidate.at(request).usedAt(request));
    }
    return new Sequence(seen, request);
  }

  /** All its tokens. */
  Slice whole() {
    return new Slice(this, 0, length());
  }

  /** Some of its tokens. */
  Slice slice(int from, int to) {
    return new Slice(this, from, to);
  }

  /**
   * Some tokens of a sequence, from one (inclusive) to another (exclusive); what is said of the
   * sequence is said of the whole.
   */
  record Slice(Sequence of, int from, int to) {
    List<Token> tokens() {
      return of.tokens().subList(from, to);
    }
  }
}
