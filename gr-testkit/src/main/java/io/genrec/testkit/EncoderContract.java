package io.genrec.testkit;

import io.genrec.api.encoder.EncoderFactory;
import io.genrec.api.sequence.Schema;
import java.util.List;
import org.apiguardian.api.API;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;

/**
 * What every encoder must do, as tests. Extend it in the plug-in's tests and say which encoder:
 *
 * <pre>{@code
 * class MyEncoderTest extends EncoderContract {
 *   @Override
 *   protected Subject subject() {
 *     return Subject.of(new MyEncoder()).config("{\"blocks\": 1}");
 *   }
 * }
 * }</pre>
 *
 * <p>Each rule is one test; a failure names its rule. The rules hold the encoder to what its {@link
 * io.genrec.api.encoder.Capabilities} declare: what is not claimed is not checked, or checked to be
 * refused. Two numbers are equal if they differ by at most 1e-11 times the larger of 1 and the
 * largest magnitude, in 64 bits; in 32 bits, 1e-5. Models are small (up to 12 tokens), their
 * parameters far from 0.
 */
@API(status = API.Status.EXPERIMENTAL, since = "0.1")
public abstract class EncoderContract extends Contract<EncoderBench> {
  static final List<Rule<EncoderBench>> RULES =
      List.of(
          new FutureRule(),
          new PaddingRule(),
          new NeighboursRule(),
          new LengthRule(),
          new GradientRule(),
          new UseRule(),
          new NamesRule(),
          new BundleRule(),
          new ExportRule(),
          new CacheRule(),
          new CandidatesRule(),
          new OverfitRule(),
          new ConcurrencyRule());

  /**
   * An encoder to test.
   *
   * @param factory makes it
   * @param config its configuration as JSON, without its name
   * @param dim the width of items' embeddings
   * @param features further features that tokens carry and the encoder reads
   * @param candidates whether a sequence may end with candidates
   * @param only32Bits why it cannot be run in 64 bits; empty if it can
   */
  public record Subject(
      EncoderFactory<?> factory,
      String config,
      int dim,
      List<Schema.Feature> features,
      boolean candidates,
      String only32Bits) {
    /** Copies the list. */
    public Subject {
      features = List.copyOf(features);
    }

    /** An encoder with its default configuration, of width 8, that takes candidates. */
    public static Subject of(EncoderFactory<?> factory) {
      return new Subject(factory, "{}", 8, List.of(), true, "");
    }

    /** The same with options, as JSON without the encoder's name: {@code {"heads": 2}}. */
    public Subject config(String json) {
      return new Subject(factory, json, dim, features, candidates, only32Bits);
    }

    /** The same of another width; a small one, since all rules shall be quick. */
    public Subject dim(int width) {
      return new Subject(factory, config, width, features, candidates, only32Bits);
    }

    /** The same with tokens that carry further features, all of which the encoder must read. */
    public Subject features(Schema.Feature... further) {
      return new Subject(factory, config, dim, List.of(further), candidates, only32Bits);
    }

    /** The same for an encoder of events alone: no sequence has candidates. */
    public Subject withoutCandidates() {
      return new Subject(factory, config, dim, features, false, only32Bits);
    }

    /**
     * The same for an encoder that ONNX Runtime has no 64-bit kernels for, which is checked. Rules
     * then compare in 32 bits, where they see less.
     *
     * @param reason for example {@code GELU's Erf}; messages show it
     */
    public Subject only32Bits(String reason) {
      return new Subject(factory, config, dim, features, candidates, reason);
    }
  }

  /** A contract whose rules are checked on {@link #subject}. */
  protected EncoderContract() {
    super(RULES);
  }

  /** The encoder to test; asked for once. */
  protected abstract Subject subject();

  @Override
  final EncoderBench bench() {
    return new EncoderBench(subject());
  }

  /**
   * A later token's features, time and prediction time change no earlier output. Of an encoder that
   * declares TARGETS_ONLY, candidates change no output of the history; of a BIDIRECTIONAL one
   * nothing is checked.
   */
  @Test
  @Order(1)
  @DisplayName(FutureRule.TITLE)
  public final void noOutputDependsOnWhatComesLater() {
    verify(1);
  }

  /** Neither how much padding stands behind a sequence nor what is in it changes an output. */
  @Test
  @Order(2)
  @DisplayName(PaddingRule.TITLE)
  public final void paddingChangesNothing() {
    verify(2);
  }

  /** A sequence's outputs are the same alone and among others in any order. */
  @Test
  @Order(3)
  @DisplayName(NeighboursRule.TITLE)
  public final void otherSequencesChangeNothing() {
    verify(3);
  }

  /**
   * Sequences of 0, 1 and as many tokens as declared, also without times, give finite outputs and
   * gradients, in padding too; a batch of events that is longer is refused with {@code
   * [GR/TooLong]}; the encoder takes what the schema allows.
   */
  @Test
  @Order(4)
  @DisplayName(LengthRule.TITLE)
  public final void anyDeclaredLengthIsFine() {
    verify(4);
  }

  /** For some entries of every parameter the gradient is the central difference of the loss. */
  @Test
  @Order(5)
  @DisplayName(GradientRule.TITLE)
  public final void gradientsAreFiniteDifferences() {
    verify(5);
  }

  /** Every declared parameter is read, and its gradient is finite and somewhere not 0. */
  @Test
  @Order(6)
  @DisplayName(UseRule.TITLE)
  public final void everyParameterIsUsed() {
    verify(6);
  }

  /**
   * Two constructions declare the same names, sizes and kinds in the same order, with the same
   * first values; all are declared in the scope that the encoder was given.
   */
  @Test
  @Order(7)
  @DisplayName(NamesRule.TITLE)
  public final void namesAreStable() {
    verify(7);
  }

  /**
   * A model that was written as a bundle and opened has the same parameters and outputs, to the
   * bit.
   */
  @Test
  @Order(8)
  @DisplayName(BundleRule.TITLE)
  public final void aBundleGivesBackTheSameBits() {
    verify(8);
  }

  /**
   * The exported bytes, run by ONNX Runtime with its default settings, give the graph's outputs;
   * every operator of every graph has a CUDA kernel.
   */
  @Test
  @Order(9)
  @DisplayName(ExportRule.TITLE)
  public final void theExportComputesTheSame() {
    verify(9);
  }

  /**
   * What is computed in stages around a cache equals one pass: with events appended at random
   * places, if the encoder is causal, and another request time (EXTENDABLE, ALL_BUT_LAST), or for
   * the same request (WITHIN_REQUEST). With scope NONE a cache is refused with {@code
   * [GR/NotCacheable]}.
   */
  @Test
  @Order(10)
  @DisplayName(CacheRule.TITLE)
  public final void theCacheScopeHolds() {
    verify(10);
  }

  /**
   * A candidate's output depends neither on other candidates nor on their order, unless the encoder
   * declares that candidates are not independent; of a BIDIRECTIONAL one, not on their order.
   */
  @Test
  @Order(11)
  @DisplayName(CandidatesRule.TITLE)
  public final void candidatesAreIndependent() {
    verify(11);
  }

  /** At most 300 steps of Adam bring the loss of one batch with random targets near 0. */
  @Test
  @Order(12)
  @DisplayName(OverfitRule.TITLE)
  public final void oneBatchCanBeOverfitted() {
    verify(12);
  }

  /** An encoder keeps no state: threads may build and run graphs of it at the same time. */
  @Test
  @Order(13)
  @DisplayName(ConcurrencyRule.TITLE)
  public final void concurrentUseIsSafe() {
    verify(13);
  }
}
