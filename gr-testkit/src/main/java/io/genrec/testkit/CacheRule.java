package io.genrec.testkit;

import io.genrec.api.encoder.Capabilities.CacheScope;
import io.genrec.api.sequence.Role;
import io.genrec.engine.model.Model;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;

/**
 * Rule 10. Histories are cached in stages of random length (as a whole, if history rows may see
 * later ones), each as of a request of its own, and read by requests of other times; every output
 * equals that of one pass. A scope that holds less than is true is fine; one that holds more fails.
 */
final class CacheRule implements Rule<EncoderBench> {
  static final String TITLE = "rule 10: the declared cache scope holds";

  private static final int ROUNDS = 3;
  private static final long HALF_A_YEAR = 15_768_000;

  @Override
  public String title() {
    return TITLE;
  }

  @Override
  public void check(EncoderBench bench) {
    CacheScope scope = bench.capabilities().cacheScope();
    Model model = bench.all().model();
    if (scope == CacheScope.NONE) {
      Refusal.require("NotCacheable", "a cache of an encoder of scope NONE", model::cached);
      return;
    }
    if (model.encoder().blocks().isEmpty()) {
      throw new AssertionError(
          "the encoder declares " + scope + " but is not made of blocks, so nothing can be cached");
    }
    int candidates = bench.subject().candidates() ? 3 : 0;
    Sequences draw = new Sequences(bench.schema(), 41);
    List<Sequence> complete = new ArrayList<>();
    for (int events : new int[] {EncoderBench.MAX_HISTORY, 1, 5, 0}) {
      complete.add(draw.draw(1 + complete.size(), events, candidates));
    }
    complete.set(0, complete.get(0).as(Role.CONTEXT, 0, 2).as(Role.ACTION, 4, 5));
    Stages stages = new Stages(bench, model.cached());
    for (int round = 0; round < ROUNDS; round++) {
      check(bench, stages, complete, scope, new SplittableRandom(round));
    }
  }

  private static void check(
      EncoderBench bench,
      Stages stages,
      List<Sequence> complete,
      CacheScope scope,
      SplittableRandom random) {
    int[] all = lengths(complete);
    List<Sequence> now = asOf(complete, all, 3600);
    if (scope == CacheScope.WITHIN_REQUEST) {
      compareEvents(bench, now, new int[now.size()], stages, stages.prefill(now), "cached");
      compareCandidates(bench, now, stages, "within a request");
      return;
    }
    if (stages.extendable()) {
      int[] second = cut(complete, all, random);
      int[] first = cut(complete, second, random);
      stages.prefill(asOf(complete, first, 60));
      stages.extend(asOf(complete, second, 7200));
      int[] before = new int[second.length];
      for (int b = 0; b < before.length; b++) {
        before[b] = stages.kept(complete.get(b).asOf(second[b], 0));
      }
      compareEvents(bench, now, before, stages, stages.extend(now), "appended");
    } else {
      stages.prefill(asOf(complete, all, 60));
    }
    compareCandidates(bench, now, stages, "after earlier requests");
    List<Sequence> later = asOf(complete, all, HALF_A_YEAR);
    compareCandidates(bench, later, stages, "at another request time");
  }

  private static int[] lengths(List<Sequence> sequences) {
    return sequences.stream().mapToInt(Sequence::history).toArray();
  }

  /** Shorter histories, which have their context from the beginning. */
  private static int[] cut(List<Sequence> complete, int[] lengths, SplittableRandom random) {
    int[] shorter = lengths.clone();
    for (int b = 0; b < shorter.length; b++) {
      shorter[b] = random.nextInt(complete.get(b).context(), lengths[b] + 1);
    }
    return shorter;
  }

  /** What is known of each sequence after some events, so many seconds after the last of them. */
  private static List<Sequence> asOf(List<Sequence> complete, int[] events, long seconds) {
    List<Sequence> requests = new ArrayList<>();
    for (int b = 0; b < events.length; b++) {
      Sequence sequence = complete.get(b);
      long last = events[b] == 0 ? Sequences.EPOCH : sequence.tokens().get(events[b] - 1).time();
      requests.add(sequence.asOf(events[b], last + seconds));
    }
    return requests;
  }

  private static void compareEvents(
      EncoderBench bench,
      List<Sequence> requests,
      int[] before,
      Stages stages,
      double[][][] found,
      String when) {
    double[][][] expected = bench.outputs(requests, EncoderBench.MAX_LENGTH);
    for (int b = 0; b < before.length; b++) {
      for (int i = before[b]; i < stages.kept(requests.get(b)); i++) {
        String what = "the output of sequence " + b + ", event " + i + ", " + when + ",";
        bench.tolerance().requireSame(what, found[b][i - before[b]], expected[b][i]);
      }
    }
  }

  /** In two micro-batches. */
  private static void compareCandidates(
      EncoderBench bench, List<Sequence> requests, Stages stages, String when) {
    double[][][] expected = bench.outputs(requests, EncoderBench.MAX_LENGTH);
    int candidates = requests.get(0).candidates();
    for (int from = 0; from < candidates; from += 2) {
      int to = Math.min(candidates, from + 2);
      double[][][] found = stages.score(requests, from, to);
      for (int b = 0; b < requests.size(); b++) {
        for (int c = from; c < to; c++) {
          String what = "the output of sequence " + b + ", candidate " + c + ", " + when + ",";
          double[] one = expected[b][requests.get(b).history() + c];
          bench.tolerance().requireSame(what, found[b][c - from], one);
        }
      }
    }
  }
}
