package io.genrec.testkit;

import io.genrec.engine.onnx.Precision;
import java.util.ArrayList;
import java.util.List;

/**
 * Rule 4. The lengths 0, 1 and the largest, and histories without times, give finite outputs and
 * gradients in 32 bits; a row of padding leaves the others alone; one token more is refused.
 */
final class LengthRule implements Rule<EncoderBench> {
  static final String TITLE =
      "rule 4: any length from 0 to the declared one is fine, more is refused";

  /** So many tokens are tried if an encoder takes any number. */
  private static final int MANY = 3 * EncoderBench.MAX_LENGTH;

  @Override
  public String title() {
    return TITLE;
  }

  @Override
  public void check(EncoderBench bench) {
    int declared = bench.capabilities().maxLength();
    if (declared < EncoderBench.MAX_LENGTH) {
      throw new AssertionError(
          "the schema has sequences of up to "
              + EncoderBench.MAX_LENGTH
              + " tokens but the encoder declares "
              + declared
              + ": it must refuse such a schema when it is made, or take them");
    }
    Sequences draw = new Sequences(bench.schema(), 29);
    Sequence none = draw.draw(1, 0, 0);
    Sequence one = draw.draw(2, 1, 0);
    Sequence several = draw.draw(6, 5, 0);
    Sequence longest = draw.draw(4, Math.min(declared, MANY), 0);
    outputs(bench, "no events", List.of(none));
    outputs(bench, "one event", List.of(one));
    double[][][] without = outputs(bench, "no times", List.of(Sequences.untimed(several), several));
    double[][][] with =
        outputs(
            bench, "no events beside others", List.of(none, Sequences.untimed(several), several));
    for (int b = 0; b < without.length; b++) {
      for (int i = 0; i < several.length(); i++) {
        String what = "beside a sequence without events, the output of token " + i;
        bench.tolerance(Precision.FLOAT32).requireSame(what, with[b + 1][i], without[b][i]);
      }
    }
    outputs(bench, longest.length() + " events", List.of(longest));
    requireFiniteGradients(bench, List.of(none, one, several));
    if (declared <= MANY) {
      Sequence more = draw.draw(7, declared + 1, 0);
      Refusal.require(
          "TooLong",
          "a sequence of " + more.length() + " tokens",
          () -> bench.events().outputs(Precision.FLOAT32, List.of(more), more.length()));
    }
  }

  private static double[][][] outputs(EncoderBench bench, String what, List<Sequence> batch) {
    int padded = Math.max(6, batch.stream().mapToInt(Sequence::length).max().orElse(0));
    double[][][] outputs = bench.events().outputs(Precision.FLOAT32, batch, padded);
    for (int b = 0; b < outputs.length; b++) {
      for (int i = 0; i < padded; i++) {
        String where = "an output (sequence " + b + ", slot " + i + ") of a batch with " + what;
        // Padding too: a loss multiplies it by 0, and NaN times 0 is NaN.
        Tolerance.requireFinite(where, outputs[b][i]);
      }
    }
    return outputs;
  }

  /** In the model with candidates, since there a row without events may still have some. */
  private static void requireFiniteGradients(EncoderBench bench, List<Sequence> events) {
    List<Sequence> batch = new ArrayList<>(events);
    if (bench.subject().candidates()) {
      batch.add(new Sequences(bench.schema(), 31).draw(1, 0, 2));
    }
    Session session = bench.all().training(Precision.FLOAT32);
    TokenColumns columns = new TokenColumns(session.inputs(), bench.schema());
    Probe.write(session, columns, batch, EncoderBench.MAX_LENGTH, bench::supervises);
    session.run();
    session
        .graph()
        .outputs()
        .keySet()
        .forEach(
            name ->
                Tolerance.requireFinite(
                    name + " of a batch with sequences without events", session.values(name)));
  }
}
