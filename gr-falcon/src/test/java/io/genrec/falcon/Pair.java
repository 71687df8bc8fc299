package io.genrec.falcon;

import io.genrec.falcon.Rankings.Ranking;
import java.util.List;

/** An encoder with a way to rank. */
record Pair(Encoders.Named encoder, Ranking ranking) {
  /** Every encoder with every way to rank. */
  static List<Pair> all() {
    return with(Encoders.all());
  }

  /** Encoders with every way to rank. */
  static List<Pair> with(List<Encoders.Named> encoders) {
    return Rankings.all().stream()
        .flatMap(ranking -> encoders.stream().map(encoder -> new Pair(encoder, ranking)))
        .toList();
  }

  @Override
  public String toString() {
    return encoder + ": " + ranking;
  }
}
