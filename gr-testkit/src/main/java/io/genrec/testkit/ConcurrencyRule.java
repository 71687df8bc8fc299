package io.genrec.testkit;

import io.genrec.api.sequence.Batch;
import io.genrec.engine.onnx.OnnxExport;
import io.genrec.engine.onnx.Precision;
import io.genrec.engine.program.Program;
import io.genrec.engine.runtime.Workers;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;

/**
 * Rule 13. Graphs that one encoder builds at the same time, in several threads and one in the
 * middle of another, are all alike; threads that run one compiled graph get what they asked for.
 */
final class ConcurrencyRule implements Rule<EncoderBench> {
  static final String TITLE = "rule 13: one encoder builds and runs many graphs at once";

  private static final int THREADS = 4;
  private static final int RUNS = 5;

  @Override
  public String title() {
    return TITLE;
  }

  @Override
  public void check(EncoderBench bench) {
    byte[] alone = exported(bench, () -> {});
    List<Boolean> questions = new ArrayList<>();
    requireAlike("built a second time", alone, exported(bench, () -> questions.add(true)));
    for (int q = 0; q < questions.size(); q++) {
      int interrupted = q;
      int[] asked = {0};
      byte[] found =
          exported(
              bench,
              () -> {
                if (asked[0]++ == interrupted) {
                  byte[] inner = exported(bench, () -> {});
                  requireAlike("built in the middle of another one", alone, inner);
                }
              });
      requireAlike("in the middle of which another one is built", alone, found);
    }
    for (byte[] found : atOnce(i -> exported(bench, () -> {}))) {
      requireAlike("built while other threads build others", alone, found);
    }
    requireSafeRuns(bench);
  }

  /** The graph of all outputs as bytes, which are equal for equal graphs. */
  private static byte[] exported(EncoderBench bench, Runnable interruption) {
    return new OnnxExport(Precision.FLOAT32)
        .bytes(
            Program.of(
                bench.all().outputsGraph(tokens -> new InterruptedTokens(tokens, interruption))));
  }

  private static void requireAlike(String what, byte[] expected, byte[] found) {
    if (!Arrays.equals(expected, found)) {
      throw new AssertionError(
          "a graph "
              + what
              + " differs from the first one: an encoder keeps no state beside its parameters");
    }
  }

  /** What each thread does. */
  private interface Work<T> {
    T of(int thread) throws Exception;
  }

  private static <T> List<T> atOnce(Work<T> work) {
    CyclicBarrier start = new CyclicBarrier(THREADS);
    try (Workers workers = new Workers(THREADS)) {
      List<Future<T>> results = new ArrayList<>();
      for (int t = 0; t < THREADS; t++) {
        int thread = t;
        Callable<T> task =
            () -> {
              start.await(1, TimeUnit.MINUTES);
              return work.of(thread);
            };
        results.add(workers.submit(task));
      }
      return results.stream().map(Workers::await).toList();
    }
  }

  private static void requireSafeRuns(EncoderBench bench) {
    Session session = bench.all().outputs(bench.precision());
    int padded = EncoderBench.MAX_LENGTH;
    List<Sequence> batch = bench.sequences();
    List<double[]> expected = new ArrayList<>();
    for (int t = 0; t < THREADS; t++) {
      new TokenColumns(session.inputs(), bench.schema()).write(of(batch, t), padded);
      expected.add(session.run().values(TestedModel.OUTPUTS));
    }
    atOnce(
        thread -> {
          try (Batch inputs = new Batch(bench.memory());
              Batch outputs = new Batch(bench.memory())) {
            new TokenColumns(inputs, bench.schema()).write(of(batch, thread), padded);
            for (int run = 0; run < RUNS; run++) {
              session
                  .compiled()
                  .run(
                      name ->
                          inputs.columns().containsKey(name)
                              ? inputs.column(name)
                              : session.inputs().column(name),
                      outputs);
              double[] found =
                  Session.values(outputs.column(TestedModel.OUTPUTS), bench.precision());
              bench
                  .tolerance()
                  .requireSame("while others run, an output", found, expected.get(thread));
            }
          }
          return true;
        });
  }

  private static List<Sequence> of(List<Sequence> batch, int thread) {
    return List.of(batch.get(thread % batch.size()));
  }
}
