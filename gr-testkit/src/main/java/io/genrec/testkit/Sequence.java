package io.genrec.testkit;

import io.genrec.api.sequence.Role;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/**
 * One user's tokens and when they are asked about: context, events and actions, then candidates.
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

  int context() {
    return (int) tokens.stream().filter(token -> token.role() == Role.CONTEXT).count();
  }

  /** The tokens before the candidates. */
  int history() {
    return length() - candidates();
  }

  /** The same with another role of the tokens from one place (inclusive) to another (exclusive). */
  Sequence as(Role role, int from, int to) {
    List<Token> changed = new ArrayList<>(tokens);
    for (int i = from; i < to; i++) {
      changed.set(i, changed.get(i).as(role));
    }
    return new Sequence(changed, requestTime);
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
   * What was known at an earlier or later request: the first tokens of the history and all
   * candidates. The last of them and the candidates are used at the request's time.
   *
   * @param events how many tokens, at most those that there are, context included
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
