package io.genrec.api.inference;

import io.genrec.api.encoder.Capabilities;
import io.genrec.api.graph.TensorType;
import io.genrec.api.sequence.Batch;
import io.genrec.api.sequence.Batch.Column;
import io.genrec.api.sequence.Schema;
import io.genrec.api.task.Task;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import org.apache.arrow.memory.BufferAllocator;
import org.apiguardian.api.API;
import org.jspecify.annotations.Nullable;

/**
 * A model that scores candidates or gives users' vectors, as strategies see it: values are inside,
 * and each stage of the computation can be run. Thread-safe.
 *
 * <p>Tokens are inputs as {@link io.genrec.api.sequence.TokenRow} names them. Memory is what the
 * encoder's layers keep of tokens, by names such as {@code layer0/key}.
 */
@API(status = API.Status.EXPERIMENTAL, since = "0.1")
public interface ScoringModel {
  /** The columns that hold predictions begin with this; the prediction's name follows. */
  String PREDICTION = "prediction/";

  /** What tokens become: the output of {@link Stage#ENCODE}. */
  String OUTPUTS = "outputs";

  /** A part of the computation. */
  enum Stage {
    /**
     * Whole sequences, candidates included, each of which is scored as if it were the only one
     * ({@code sequence/candidates} is 1): {@code prediction/<name> [batch, length]} of every token.
     */
    WHOLE,
    /**
     * Histories from their beginning, from {@code tokens/..}: {@code memory/<name> [batch, length,
     * heads, dim]}.
     */
    PREFILL,
    /**
     * Tokens {@code tokens/..} that follow on {@code cached/<name> [batch, cached, heads, dim]}
     * with {@code cached/time} and so on, of which {@code cached/length [batch]} rows count: {@code
     * memory/<name>} of the new tokens.
     */
    EXTEND,
    /**
     * The same inputs, of which {@code cached/length} may be 0: what the new tokens become in the
     * place of their memory, {@code outputs [batch, length, dim]}.
     */
    ENCODE,
    /**
     * {@code cached/<name>} in the order in which {@link #SCORE} reads it: {@code arranged/<name>}.
     * Whoever scores a history often arranges it once.
     */
    ARRANGE,
    /**
     * Candidates {@code candidates/<feature>}, {@code candidates/valid}, after histories of which
     * all rows count: {@code prediction/<name> [batch, candidates]}. Reads {@code arranged/<name>},
     * {@code cached/length}, {@code cached/time} and so on, {@code sequence/..}; and if {@link
     * ScoringModel#lastIsComputedAgain} {@code again/<name> [batch, again, heads, dim]}, the memory
     * of the last tokens for this request, with {@code tokens/..} of those tokens.
     */
    SCORE,
    /**
     * The same for histories of several lengths, or none: of memory {@code cached/length} rows
     * count, and of the last tokens those where {@code tokens/valid} says so.
     */
    SCORE_PADDED,
    /**
     * {@link #SCORE} of several micro-batches one after another in one run: {@code
     * candidates/<feature>} and {@code candidates/valid} are {@code [micro_batches, batch,
     * candidates]}, and so are the predictions. The memory is read by all.
     */
    SCORE_LOOP
  }

  /** What tokens look like. */
  Schema schema();

  /** How events become tokens. */
  Task task();

  /** What the encoder promises. */
  Capabilities capabilities();

  /** Which model this is: equal only for models that give equal scores. */
  String fingerprint();

  /** The names of the predictions; none of a model that predicts items. */
  List<String> predictions();

  /**
   * What is kept of tokens by name: real {@code [batch, length, heads, dim]}.
   *
   * @throws io.genrec.api.GenRecException {@code [GR/NotCacheable]} if the encoder is not made of
   *     blocks or declares that nothing of it can be cached; then {@link Stage#WHOLE} is all there
   *     is
   */
  Map<String, TensorType> memory();

  /**
   * The axis of {@code arranged/<name>} that counts tokens.
   *
   * @throws io.genrec.api.GenRecException {@code [GR/NotCacheable]}
   */
  int arrangedAxis(String name);

  /**
   * Whether the history's last tokens, those whose outputs are used at the request's time, depend
   * on it: they are then no part of what is kept.
   *
   * @throws io.genrec.api.GenRecException {@code [GR/NotCacheable]}
   */
  boolean lastIsComputedAgain();

  /**
   * Whether {@link Stage#EXTEND} gives what {@link Stage#PREFILL} of the whole would: if not, a
   * history is computed at once.
   *
   * @throws io.genrec.api.GenRecException {@code [GR/NotCacheable]}
   */
  boolean isExtendable();

  /**
   * Whether what is kept of a token depends on how many tokens the history has.
   *
   * @throws io.genrec.api.GenRecException {@code [GR/NotCacheable]}
   */
  boolean memoryDependsOnLength();

  /**
   * Whether each run copies its inputs, to a device: then micro-batches belong into one run, {@link
   * Stage#SCORE_LOOP}.
   */
  boolean copiesInputs();

  /** The bytes that the model's values take as they are allocated, of which there is one copy. */
  long valueBytes();

  /** The bytes of a real: 4, or 8 for a model that is checked in 64 bits. */
  int realBytes();

  /** Where memory outside the Java heap comes from. */
  BufferAllocator allocator();

  /**
   * Runs a stage.
   *
   * @param inputs finds an input other than the model's values by name; its memory is read in place
   * @param outputs where the outputs are written
   */
  void run(Stage stage, Function<String, @Nullable Column> inputs, Batch outputs);
}
