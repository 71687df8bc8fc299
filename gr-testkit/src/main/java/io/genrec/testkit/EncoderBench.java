package io.genrec.testkit;

import io.genrec.api.config.StrictConfig;
import io.genrec.api.encoder.Capabilities;
import io.genrec.api.encoder.Capabilities.Causality;
import io.genrec.api.sequence.Role;
import io.genrec.api.sequence.Schema;
import io.genrec.engine.model.Model;
import io.genrec.engine.onnx.Precision;
import io.genrec.engine.runtime.JvmFlags;
import io.genrec.engine.wiring.Registry;
import io.genrec.testkit.EncoderContract.Subject;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.memory.RootAllocator;
import org.jspecify.annotations.Nullable;

/**
 * Small models of an encoder, and sequences for them. Models are made when they are first asked
 * for. Owns native memory until it is closed. Not thread-safe.
 */
final class EncoderBench implements AutoCloseable {
  static final int ITEMS = 12;
  static final int MAX_HISTORY = 9;
  static final int MAX_LENGTH = 12;

  private static final Set<Role> HISTORY = Set.of(Role.CONTEXT, Role.EVENT, Role.ACTION);

  private final Subject subject;
  private final Schema schema;
  private final Registry registry;
  private final BufferAllocator memory;
  private final List<Sequence> sequences;
  private @Nullable TestedModel all;
  private @Nullable TestedModel events;

  EncoderBench(Subject subject) {
    JvmFlags.require();
    this.subject = subject;
    List<Schema.Feature> features = new ArrayList<>();
    features.add(new Schema.Feature(Schema.ITEM, ITEMS, subject.dim()));
    features.addAll(subject.features());
    this.schema = new Schema(features, MAX_HISTORY, MAX_LENGTH);
    this.registry = Registry.builder().encoder(subject.factory()).task(new NamedTask()).build();
    this.memory = new RootAllocator();
    Sequences draw = new Sequences(schema, 5);
    int candidates = subject.candidates() ? 3 : 0;
    this.sequences =
        List.of(
            draw.draw(3, 7, candidates).as(Role.CONTEXT, 0, 2),
            draw.draw(8, 1, candidates),
            draw.draw(5, 4, candidates).as(Role.ACTION, 1, 2));
  }

  Subject subject() {
    return subject;
  }

  Schema schema() {
    return schema;
  }

  Registry registry() {
    return registry;
  }

  BufferAllocator memory() {
    return memory;
  }

  /** The encoder's configuration with its name, as a run's configuration holds it. */
  StrictConfig configuration() {
    StrictConfig options = StrictConfig.parse("options", subject.config());
    String text = options.toString();
    String rest = options.keys().isEmpty() ? "}" : ", " + text.substring(text.indexOf('{') + 1);
    String name = "{\"name\": \"" + subject.factory().name() + "\"";
    return StrictConfig.parse("options", name + rest);
  }

  /** A model of tokens in some roles, made anew. */
  Model build(Set<Role> roles) {
    return new Model(
        subject.factory().name(),
        schema,
        roles,
        scope -> registry.encoder(configuration(), scope, schema));
  }

  Set<Role> roles() {
    return subject.candidates() ? Set.of(Role.values()) : HISTORY;
  }

  /** The model of histories and, if the encoder takes them, candidates. */
  TestedModel all() {
    if (all == null) {
      all = new TestedModel(build(roles()), memory);
    }
    return all;
  }

  /** The model of histories only. */
  TestedModel events() {
    if (!subject.candidates()) {
      return all();
    }
    if (events == null) {
      events = new TestedModel(build(HISTORY), memory);
    }
    return events;
  }

  Capabilities capabilities() {
    return all().model().encoder().capabilities();
  }

  /** The widest reals that the encoder can be run in. */
  Precision precision() {
    return subject.only32Bits().isEmpty() ? Precision.FLOAT64 : Precision.FLOAT32;
  }

  Tolerance tolerance() {
    return tolerance(precision());
  }

  Tolerance tolerance(Precision precision) {
    return Tolerance.of(precision, subject.only32Bits());
  }

  /**
   * Three histories of 7, 1 and 4 tokens with three candidates each, if the encoder takes them. The
   * first begins with two tokens of context, the last has an action among its events.
   */
  List<Sequence> sequences() {
    return sequences;
  }

  /** The same without candidates. */
  List<Sequence> histories() {
    return sequences.stream()
        .map(s -> new Sequence(s.tokens().subList(0, s.history()), s.requestTime()))
        .toList();
  }

  /** The outputs of sequences, as exact as can be: {@code [batch][padded][dim]}. */
  double[][][] outputs(List<Sequence> some, int padded) {
    return all().outputs(precision(), some, padded);
  }

  /** The outputs of one sequence in a batch of its own without padding: {@code [length][dim]}. */
  double[][] outputs(Sequence one) {
    return outputs(List.of(one), one.length())[0];
  }

  /**
   * Whether a task may supervise a token's output: any of a causal encoder; of others those that
   * nothing else may read, the candidates, or the last token.
   */
  boolean supervises(Sequence sequence, int token) {
    if (capabilities().causality() == Causality.CAUSAL) {
      return true;
    }
    return subject.candidates()
        ? sequence.tokens().get(token).isCandidate()
        : token == sequence.length() - 1;
  }

  @Override
  public void close() {
    for (TestedModel model : new TestedModel[] {all, events}) {
      if (model != null) {
        model.close();
      }
    }
    memory.close();
  }
}
