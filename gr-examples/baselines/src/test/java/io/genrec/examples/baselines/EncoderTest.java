package io.genrec.examples.baselines;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.data.Offset.offset;

import io.genrec.api.GenRecException;
import io.genrec.api.config.StrictConfig;
import io.genrec.api.encoder.EncoderFactory;
import io.genrec.api.sequence.Role;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What holds for every encoder here; a subclass says what it computes. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
abstract class EncoderTest<C extends Record> {
  private final EncoderFactory<C> factory;

  EncoderTest(EncoderFactory<C> factory) {
    this.factory = factory;
  }

  /** Options to try; with the last ones everything takes part. */
  abstract List<String> options();

  /** Objects with one wrong option each. */
  abstract List<String> wrongOptions();

  /** The outputs of one sequence in plain loops. */
  abstract double[][] slow(Probe probe, C config, Sequence sequence);

  /** Whether it is for sequences that end with candidates, too. */
  boolean candidates() {
    return true;
  }

  final Probe probe(String options) {
    return Probe.of(
        factory, options, candidates() ? Set.of(Role.EVENT, Role.CANDIDATE) : Set.of(Role.EVENT));
  }

  private Probe probe() {
    return probe(options().get(options().size() - 1));
  }

  private C config(String options) {
    return StrictConfig.parse("test", options).as(factory.configType());
  }

  private List<List<Sequence>> batches() {
    return candidates()
        ? List.of(Sequence.events(), Sequence.withCandidates())
        : List.of(Sequence.events());
  }

  @ParameterizedTest
  @MethodSource("options")
  void equalsTheFormulaInPlainLoops(String options) {
    Probe probe = probe(options);
    for (List<Sequence> batch : batches()) {
      double[][][] actual = probe.encode(batch, 8);
      for (int b = 0; b < batch.size(); b++) {
        double[][] expected = slow(probe, config(options), batch.get(b));
        assertThat(expected).hasDimensions(batch.get(b).length(), Probe.DIM);
        for (int i = 0; i < expected.length; i++) {
          assertThat(actual[b][i])
              .as("sequence %d, token %d", b, i)
              .containsExactly(expected[i], offset(1e-11));
        }
      }
    }
  }

  @Test
  void neitherPaddingNorNeighboursChangeASequence() {
    for (List<Sequence> batch : batches()) {
      probe().assertNeitherPaddingNorNeighboursChangeASequence(batch);
    }
  }

  @Test
  void aTokenKnowsWhatItSeesAndNothingElse() {
    for (List<Sequence> batch : batches()) {
      probe().assertOnlyWhoSeesATokenKnowsIt(batch.get(0));
    }
  }

  /** However few tokens an example has at its end. */
  final void assertCandidatesAreScoredAsEachAlone(String options) {
    Probe probe = probe(options);
    Sequence events = Sequence.events().get(0).slice(0, 4, 0);
    int[] items = {1, 2, 3, 4, 5, 6, 7, 8, 9, 3, 1, 2};
    double[][] together = probe.encode(List.of(events.asking(items)), 16)[0];
    for (int candidate = 0; candidate < items.length; candidate++) {
      double[][] alone = probe.encode(List.of(events.asking(items[candidate])), 5)[0];
      assertThat(together[4 + candidate])
          .as("candidate %d", candidate)
          .containsExactly(alone[4], offset(1e-12));
      assertThat(alone[4]).isNotEqualTo(new double[Probe.DIM]);
    }
  }

  /** A training graph computes the last tokens alone. */
  final void assertTheLastTokensAreTrained(String options, int last) {
    Probe probe = probe(options);
    for (Sequence sequence : Sequence.withCandidates()) {
      double[][] outputs = probe.encode(List.of(sequence), 8)[0];
      int from = Math.max(0, sequence.length() - last);
      double[][] wanted = Arrays.copyOfRange(outputs, from, sequence.length());
      assertThat(probe.trained(List.of(sequence), 8))
          .isCloseTo(Probe.summed(wanted), offset(1e-11));
    }
  }

  @Test
  void gradientsAreFiniteDifferences() {
    for (List<Sequence> batch : batches()) {
      probe().assertGradientsAreFiniteDifferences(batch);
    }
  }

  @Test
  void everyGraphHasCudaKernels() {
    probe().assertEveryGraphHasCudaKernels();
  }

  @ParameterizedTest
  @MethodSource("wrongOptions")
  void refusesWrongOptions(String wrong) {
    String key = wrong.substring(2, wrong.indexOf('"', 2));
    assertThatThrownBy(() -> probe(wrong))
        .isInstanceOf(GenRecException.class)
        .hasMessageContainingAll("[GR/InvalidValue]", "/" + key);
  }

  @Test
  void anUnknownOptionIsNamed() {
    assertThatThrownBy(() -> probe("{\"wings\": 2}"))
        .isInstanceOf(GenRecException.class)
        .hasMessageContainingAll("[GR/UnknownKey]", "wings");
  }
}
