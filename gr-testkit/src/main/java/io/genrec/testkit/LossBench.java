package io.genrec.testkit;

import io.genrec.api.config.StrictConfig;
import io.genrec.api.encoder.Capabilities;
import io.genrec.api.encoder.Capabilities.CacheScope;
import io.genrec.api.encoder.Capabilities.Causality;
import io.genrec.api.encoder.EncoderBlock;
import io.genrec.api.encoder.SequenceEncoder;
import io.genrec.api.graph.Graph;
import io.genrec.api.graph.Tensor;
import io.genrec.api.sequence.Role;
import io.genrec.api.sequence.Schema;
import io.genrec.api.sequence.TokenContext;
import io.genrec.api.task.Label;
import io.genrec.api.training.Loss;
import io.genrec.api.training.LossFactory;
import io.genrec.api.training.Sampler.Sharing;
import io.genrec.engine.model.Model;
import io.genrec.engine.onnx.Precision;
import io.genrec.engine.ranking.Ranker;
import io.genrec.engine.runtime.JvmFlags;
import io.genrec.testkit.LossBatch.Position;
import io.genrec.testkit.LossContract.Subject;
import java.nio.ByteBuffer;
import java.nio.LongBuffer;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.memory.RootAllocator;

/**
 * A loss in the training graph of a model whose outputs are rows of a table, so that any outputs
 * can be given and their gradients read. Owns native memory until it is closed. Not thread-safe.
 */
final class LossBench implements AutoCloseable {
  static final int DIM = 5;
  static final int ROWS = 9;
  static final int NEGATIVES = 4;

  private static final String OUTPUT = "output";
  private static final String ITEMS = "embedding/" + Schema.ITEM;
  private static final String OUTPUTS = "embedding/" + OUTPUT;
  private static final int MOST_OUTPUTS = 16;

  private final Subject subject;
  private final Loss loss;
  private final Schema schema;
  private final BufferAllocator memory;
  private final Map<String, Session> sessions = new LinkedHashMap<>();

  /**
   * Everything that a loss is computed from.
   *
   * @param batch positions
   * @param outputs one row of {@link #DIM} values for each output; row 0 is that of padding
   * @param items the table of the predicted feature
   * @param logProbabilities of each of its rows to be drawn
   */
  @SuppressWarnings("ArrayRecordComponent")
  record Inputs(LossBatch batch, double[][] outputs, double[][] items, double[] logProbabilities) {
    Inputs batch(LossBatch other) {
      return new Inputs(other, outputs, items, logProbabilities);
    }

    Inputs outputs(double[][] others) {
      return new Inputs(batch, others, items, logProbabilities);
    }

    Inputs items(double[][] others) {
      return new Inputs(batch, outputs, others, logProbabilities);
    }
  }

  /**
   * A loss and its gradients, row by row as the tables.
   *
   * @param items zeros if the loss does not read the table
   */
  @SuppressWarnings("ArrayRecordComponent")
  record Result(double loss, double[][] outputs, double[][] items) {}

  LossBench(Subject subject) {
    JvmFlags.require();
    this.subject = subject;
    this.loss = create();
    this.schema =
        new Schema(
            List.of(
                new Schema.Feature(Schema.ITEM, ROWS - 1, DIM),
                new Schema.Feature(OUTPUT, MOST_OUTPUTS, DIM)),
            MOST_OUTPUTS,
            MOST_OUTPUTS);
    this.memory = new RootAllocator();
  }

  Subject subject() {
    return subject;
  }

  Loss loss() {
    return loss;
  }

  /** The loss, made anew. */
  Loss create() {
    return create(subject.factory(), subject.config());
  }

  private static <C extends Record> Loss create(LossFactory<C> factory, String json) {
    return factory.create(StrictConfig.parse("options", json).as(factory.configType()));
  }

  /** How negatives may come; once if there are none. */
  List<Sharing> sharings() {
    return loss.needsNegatives() ? List.of(Sharing.values()) : List.of(Sharing.POSITION);
  }

  /** Three sequences of 4, 2 and 3 positions. */
  Inputs inputs() {
    SplittableRandom random = new SplittableRandom(61);
    double[] chances = random.doubles(ROWS, -4, -1).toArray();
    return new Inputs(
        LossBatch.draw(new int[] {4, 2, 3}, ROWS, NEGATIVES, subject.labels(), 67),
        rows(MOST_OUTPUTS + 1, random),
        rows(ROWS, random),
        chances);
  }

  /** Random rows, no entry near 0; 32-bit reals. */
  private static double[][] rows(int count, SplittableRandom random) {
    double[][] rows = new double[count][DIM];
    for (double[] row : rows) {
      for (int d = 0; d < DIM; d++) {
        row[d] = (float) (random.nextBoolean() ? 1 : -1) * (float) (0.2 + random.nextDouble());
      }
    }
    return rows;
  }

  /** The training graph of a loss. */
  Graph graph(Loss some, Sharing sharing) {
    Optional<Ranker> ranker =
        subject.labels().isEmpty()
            ? Optional.empty()
            : Optional.of(
                new Ranker(
                    tokens -> tokens.embed(OUTPUT),
                    (outputs, tokens) -> predictions(outputs),
                    subject.labels()));
    Model model =
        new Model(
            "lookup",
            schema,
            Set.of(Role.EVENT),
            scope -> new Lookup(MOST_OUTPUTS),
            scope -> ranker);
    return model.training(some, sharing, true);
  }

  /** Each label's prediction is an entry of its own of the output. */
  private Map<String, Tensor> predictions(Tensor outputs) {
    Map<String, Tensor> predictions = new LinkedHashMap<>();
    for (Label label : subject.labels()) {
      int entry = predictions.size();
      predictions.put(label.name(), outputs.slice(-1, entry, entry + 1).squeeze(-1));
    }
    return predictions;
  }

  /** A batch's loss in 64 bits, without padding beyond its longest sequence. */
  Result run(Sharing sharing, Inputs inputs) {
    return run(sharing, Precision.FLOAT64, inputs, inputs.batch().length());
  }

  Result run(Sharing sharing, Precision precision, Inputs inputs, int padded) {
    Session session =
        sessions.computeIfAbsent(
            sharing + " " + precision, key -> new Session(graph(loss, sharing), precision, memory));
    write(session, sharing, inputs, padded);
    session.run();
    double[][] none = new double[inputs.items().length][DIM];
    return new Result(
        session.values(Model.LOSS)[0],
        unflatten(session.values(Model.GRADIENT + OUTPUTS)),
        session.graph().parameters().containsKey(ITEMS)
            ? unflatten(session.values(Model.GRADIENT + ITEMS))
            : none);
  }

  private void write(Session session, Sharing sharing, Inputs inputs, int padded) {
    LossBatch batch = inputs.batch();
    int rows = batch.rows().size();
    long[] outputs = new long[rows * padded];
    long[] targets = new long[rows * padded];
    double[] weights = new double[rows * padded];
    ByteBuffer valid = session.inputs().truths("tokens/valid", rows, padded);
    for (int b = 0; b < rows; b++) {
      List<Position> positions = batch.rows().get(b).positions();
      for (int i = 0; i < positions.size(); i++) {
        valid.put(b * padded + i, (byte) 1);
        outputs[b * padded + i] = positions.get(i).output();
        targets[b * padded + i] = positions.get(i).target();
        weights[b * padded + i] = positions.get(i).weight();
      }
    }
    session.inputs().longs("tokens/" + OUTPUT, rows, padded).put(outputs);
    session.inputs().longs("targets/" + Schema.ITEM, rows, padded).put(targets);
    session.reals("targets/weight", weights, rows, padded);
    long[] sets = {
      sharing == Sharing.BATCH ? 1 : rows,
      sharing == Sharing.POSITION ? padded : 1,
      batch.negatives().size()
    };
    long[] negatives = batch.negatives(sharing, padded);
    session.inputs().longs("negatives/" + Schema.ITEM, sets).put(negatives);
    session.reals(
        "negatives/log_probability", inputs.logProbabilities(), inputs.logProbabilities().length);
    session.reals(OUTPUTS, flatten(inputs.outputs()), inputs.outputs().length, DIM);
    session.reals(ITEMS, flatten(inputs.items()), inputs.items().length, DIM);
    if (!subject.labels().isEmpty()) {
      writeOutcomes(session, batch, padded);
    }
  }

  /** As many slots for labelled tokens as one sequence needs, and as many more as for others. */
  private void writeOutcomes(Session session, LossBatch batch, int padded) {
    int rows = batch.rows().size();
    for (int label = 0; label < subject.labels().size(); label++) {
      double[] truths = new double[rows * padded];
      double[] weights = new double[rows * padded];
      for (int b = 0; b < rows; b++) {
        List<Position> positions = batch.rows().get(b).positions();
        for (int i = 0; i < positions.size(); i++) {
          truths[b * padded + i] = positions.get(i).outcomes().get(label).truth();
          weights[b * padded + i] = positions.get(i).weightOf(label);
        }
      }
      String name = subject.labels().get(label).name();
      session.reals("labels/" + name, truths, rows, padded);
      session.reals("label_weights/" + name, weights, rows, padded);
      session.reals("label_scales/" + name, new double[] {0.5 + label});
    }
    List<long[]> places =
        batch.rows().stream()
            .map(
                row ->
                    IntStream.range(0, row.positions().size())
                        .filter(i -> row.positions().get(i).isLabelled())
                        .mapToLong(i -> i + 1)
                        .toArray())
            .toList();
    int most = places.stream().mapToInt(each -> each.length).max().orElse(0);
    int slots = Math.max(1, most + padded - batch.length());
    LongBuffer labelled = session.inputs().longs(Model.LABELLED, rows, slots);
    places.forEach(each -> labelled.put(Arrays.copyOf(each, slots)));
  }

  static double[] flatten(double[][] rows) {
    return Arrays.stream(rows).flatMapToDouble(Arrays::stream).toArray();
  }

  private static double[][] unflatten(double[] values) {
    double[][] rows = new double[values.length / DIM][];
    for (int i = 0; i < rows.length; i++) {
      rows[i] = Arrays.copyOfRange(values, i * DIM, (i + 1) * DIM);
    }
    return rows;
  }

  @Override
  public void close() {
    sessions.values().forEach(Session::close);
    memory.close();
  }

  /** Outputs that are looked up. */
  private record Lookup(int maxLength) implements SequenceEncoder {
    @Override
    public Tensor input(TokenContext tokens) {
      return tokens.embed(OUTPUT);
    }

    @Override
    public List<EncoderBlock> blocks() {
      return List.of();
    }

    @Override
    public Tensor output(Tensor x, TokenContext tokens) {
      return x;
    }

    @Override
    public Capabilities capabilities() {
      return new Capabilities(Causality.CAUSAL, CacheScope.NONE, maxLength);
    }
  }
}
