package io.genrec.testkit;

import io.genrec.api.graph.ElementType;
import io.genrec.api.graph.Tensor;
import io.genrec.api.training.Loss;
import io.genrec.api.training.LossContext;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;

/**
 * The sum of all outputs, each times a factor that is an input: a loss that every output and thus
 * every parameter shows in.
 */
final class Probe implements Loss {
  private static final String FACTORS = "probe";

  @Override
  public Tensor sum(LossContext context) {
    Tensor outputs = context.outputs();
    Object[] dims = outputs.shape().dims().toArray();
    return outputs.times(outputs.graph().input(FACTORS, ElementType.FLOAT, dims)).sumAll();
  }

  /** Which tokens' outputs count. */
  interface Counts {
    boolean counts(Sequence sequence, int token);
  }

  /**
   * Writes sequences, random factors for the outputs that count and 0 for all others, and dropout
   * masks.
   */
  static void write(
      Session session, TokenColumns columns, List<Sequence> sequences, int padded, Counts counts) {
    columns.write(sequences, padded);
    SplittableRandom random = new SplittableRandom(23);
    Map<String, Long> sizes = Map.of("batch", (long) sequences.size(), "length", (long) padded);
    long[] size = session.sizeOf(FACTORS, sizes);
    double[] factors = new double[Session.entries(size)];
    int dim = (int) size[2];
    for (int b = 0; b < sequences.size(); b++) {
      for (int i = 0; i < sequences.get(b).length(); i++) {
        if (counts.counts(sequences.get(b), i)) {
          for (int d = 0; d < dim; d++) {
            factors[(b * padded + i) * dim + d] = (float) (random.nextDouble() - 0.5);
          }
        }
      }
    }
    session.reals(FACTORS, factors, size);
    session
        .graph()
        .dropouts()
        .forEach(
            (input, rate) -> {
              long[] mask = session.sizeOf(input, sizes);
              double[] kept = new double[Session.entries(mask)];
              for (int i = 0; i < kept.length; i++) {
                kept[i] = random.nextDouble() < rate ? 0 : (float) (1 / (1 - rate));
              }
              session.reals(input, kept, mask);
            });
  }
}
