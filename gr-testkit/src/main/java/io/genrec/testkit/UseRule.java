package io.genrec.testkit;

import io.genrec.engine.model.Model;
import java.util.Arrays;

/** Rule 6. A parameter that nothing depends on would be stored, loaded and never trained. */
final class UseRule implements Rule<EncoderBench> {
  static final String TITLE =
      "rule 6: every parameter is read and gets a finite gradient, not all 0";

  @Override
  public String title() {
    return TITLE;
  }

  @Override
  public void check(EncoderBench bench) {
    Session session = bench.all().training(bench.precision());
    TokenColumns columns = new TokenColumns(session.inputs(), bench.schema());
    Probe.write(session, columns, bench.sequences(), EncoderBench.MAX_LENGTH, bench::supervises);
    session.run();
    for (String name : bench.all().model().parameters().keySet()) {
      if (!session.graph().parameters().containsKey(name)) {
        throw new AssertionError("parameter \"" + name + "\" is declared but never read");
      }
      double[] gradient = session.values(Model.GRADIENT + name);
      Tolerance.requireFinite("the gradient of " + name, gradient);
      if (Arrays.stream(gradient).allMatch(slope -> slope == 0)) {
        throw new AssertionError(
            "the gradient of \"" + name + "\" is 0 everywhere: no output depends on it");
      }
    }
  }
}
