package io.genrec.kernels;

import io.genrec.api.encoder.SequenceEncoder;
import io.genrec.api.graph.Graph;
import io.genrec.api.graph.Parameter;
import io.genrec.api.graph.Scope;
import io.genrec.api.sequence.Batch;
import io.genrec.api.sequence.History;
import io.genrec.api.sequence.Role;
import io.genrec.api.sequence.Schema;
import io.genrec.api.sequence.TokenRow;
import io.genrec.api.training.Loss;
import io.genrec.api.training.Sampler.Sharing;
import io.genrec.engine.loss.SampledSoftmax;
import io.genrec.engine.model.Model;
import io.genrec.engine.runtime.NativeKernels;
import java.nio.FloatBuffer;
import java.nio.LongBuffer;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.function.BiFunction;

/** A whole training graph of an encoder, its loss and all gradients, with and without kernels. */
final class TrainingGraph {
  private static final int ITEMS = 23;
  private static final int MAX_LENGTH = 60;

  static final Set<Role> EVENTS = Set.of(Role.EVENT);
  static final Set<Role> WITH_CANDIDATES = Set.of(Role.EVENT, Role.CANDIDATE);
  static final Loss LOSS =
      new SampledSoftmax().create(new SampledSoftmax.Config(0.05, 1e-6, false));

  private TrainingGraph() {}

  static Schema schema(int dim) {
    return new Schema(
        List.of(new Schema.Feature(Schema.ITEM, ITEMS, dim)), MAX_LENGTH - 1, MAX_LENGTH);
  }

  static Model model(int dim, Set<Role> roles, BiFunction<Scope, Schema, SequenceEncoder> encoder) {
    Schema schema = schema(dim);
    return new Model("encoder", schema, roles, scope -> encoder.apply(scope, schema));
  }

  /**
   * Compares all outputs of the graph.
   *
   * @param candidates how many of the last tokens are candidates; 0 for none
   * @param names the kernels that must have their part
   */
  static void assertEqual(
      Model model, int length, int candidates, NativeKernels kernels, String... names) {
    Graph graph = model.training(LOSS, Sharing.POSITION, false);

    BuiltKernels.assertEqual(
        graph, kernels, batch -> fill(batch, model, length, candidates, new Random(length)), names);
  }

  /**
   * Sequences of different length, some times absent, and weights large enough to matter. The last
   * tokens are candidates, which all stand at one position.
   */
  static void fill(Batch batch, Model model, int length, int candidates, Random random) {
    int rows = 3;
    TokenRow row = new TokenRow(batch, rows, length, List.of(Schema.ITEM), List.of(Schema.ITEM));
    for (int b = 0; b < rows; b++) {
      row.at(b);
      long now = 1_000_000_000;
      int tokens = Math.max(1, length - 7 * b);
      for (int i = 0; i < tokens; i++) {
        long next = now + random.nextLong(1L << random.nextInt(1, 30));
        if (candidates == 0 || i < tokens - candidates) {
          row.token(i, i == 3 ? History.NO_TIME : now, i == 5 ? History.NO_TIME : next);
        } else {
          row.token(Role.CANDIDATE, i, now, now);
        }
        row.feature(Schema.ITEM, i, 1 + random.nextInt(ITEMS));
        row.target(Schema.ITEM, i, 1 + random.nextInt(ITEMS), 1);
        now = next;
      }
    }
    LongBuffer negatives = batch.longs("negatives/item", rows, length, 9);
    while (negatives.hasRemaining()) {
      negatives.put(1 + random.nextInt(ITEMS));
    }
    for (Parameter parameter : model.parameters().values()) {
      FloatBuffer values =
          batch.floats(
              parameter.name(), parameter.size().stream().mapToLong(Long::longValue).toArray());
      while (values.hasRemaining()) {
        values.put((float) (0.3 * random.nextGaussian()));
      }
    }
  }
}
