package io.genrec.testkit;

import io.genrec.api.sequence.Batch;
import io.genrec.api.sequence.Role;
import io.genrec.api.sequence.Schema;
import io.genrec.testkit.Sequence.Slice;
import java.nio.LongBuffer;
import java.util.List;
import java.util.SplittableRandom;
import java.util.function.ToLongFunction;

/** Writes tokens into the columns that models read. */
final class TokenColumns {
  static final String TOKENS = "tokens";

  private final Batch batch;
  private final Schema schema;

  TokenColumns(Batch batch, Schema schema) {
    this.batch = batch;
    this.schema = schema;
  }

  /** Writes whole sequences; what follows a shorter one is zero. */
  void write(List<Sequence> sequences, int padded) {
    List<Slice> slices = sequences.stream().map(Sequence::whole).toList();
    write(TOKENS, slices, padded);
    perSequence(slices, "tokens/length", slice -> slice.of().length());
  }

  /**
   * Writes slices and what is said of their whole sequences.
   *
   * @param prefix which part of the sequences they are: the first part of the columns' names
   */
  void write(String prefix, List<Slice> slices, int padded) {
    for (int f = 0; f < schema.features().size(); f++) {
      int feature = f;
      String name = schema.features().get(f).name();
      perToken(prefix, slices, padded, name, token -> token.features().get(feature));
    }
    perToken(prefix, slices, padded, "time", Token::time);
    perToken(prefix, slices, padded, "prediction_time", Token::usedAt);
    perToken(prefix, slices, padded, "role", token -> token.role().ordinal());
    var valid = batch.truths(prefix + "/valid", slices.size(), padded);
    for (int b = 0; b < slices.size(); b++) {
      for (int i = 0; i < slices.get(b).tokens().size(); i++) {
        valid.put(b * padded + i, (byte) 1);
      }
    }
    perSequence(slices, "sequence/history", slice -> slice.of().history());
    perSequence(slices, "sequence/context", slice -> slice.of().context());
    perSequence(slices, "sequence/candidates", slice -> slice.of().candidates());
    perSequence(slices, "sequence/request_time", slice -> slice.of().requestTime());
  }

  private void perToken(
      String prefix, List<Slice> slices, int padded, String name, ToLongFunction<Token> value) {
    LongBuffer column = batch.longs(prefix + "/" + name, slices.size(), padded);
    for (int b = 0; b < slices.size(); b++) {
      List<Token> tokens = slices.get(b).tokens();
      for (int i = 0; i < tokens.size(); i++) {
        column.put(b * padded + i, value.applyAsLong(tokens.get(i)));
      }
    }
  }

  private void perSequence(List<Slice> slices, String name, ToLongFunction<Slice> value) {
    LongBuffer column = batch.longs(name, slices.size());
    slices.forEach(slice -> column.put(value.applyAsLong(slice)));
  }

  /**
   * Fills the padding behind sequences with what a reused batch could hold: tokens that are not
   * there.
   */
  void litter(List<Sequence> sequences, int padded) {
    SplittableRandom random = new SplittableRandom(7);
    for (int b = 0; b < sequences.size(); b++) {
      for (int i = sequences.get(b).length(); i < padded; i++) {
        int at = b * padded + i;
        for (Schema.Feature feature : schema.features()) {
          column(feature.name()).put(at, 1 + random.nextInt(feature.values()));
        }
        column("time").put(at, Sequences.EPOCH - random.nextInt(1 << 30));
        column("prediction_time").put(at, Sequences.EPOCH + random.nextInt(1 << 30));
        column("role").put(at, Role.EVENT.ordinal());
      }
    }
  }

  private LongBuffer column(String name) {
    return batch.column(TOKENS + "/" + name).bytes().asLongBuffer();
  }
}
