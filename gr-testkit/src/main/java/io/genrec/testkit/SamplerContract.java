package io.genrec.testkit;

import io.genrec.api.training.SamplerFactory;
import org.apiguardian.api.API;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;

/**
 * What every negative sampler must do, as tests. Extend it in the plug-in's tests and say which
 * sampler:
 *
 * <pre>{@code
 * class MySamplerTest extends SamplerContract {
 *   @Override
 *   protected Subject subject() {
 *     return Subject.of(new MySampler(), "{\"count\": 5, \"sharing\": \"batch\"}");
 *   }
 * }
 * }</pre>
 *
 * <p>Each rule is one test; a failure names its rule. What is said of draws holds for rows drawn
 * one by one and for many at once ({@code fill}). Draws are from 12 rows, one of which has no
 * events, for a batch with 8 targets.
 */
@API(status = API.Status.EXPERIMENTAL, since = "0.1")
public abstract class SamplerContract extends Contract<SamplerBench> {
  /**
   * A sampler to test.
   *
   * @param factory makes it
   * @param config its configuration as JSON, without its name
   */
  public record Subject(SamplerFactory<?> factory, String config) {
    /** A sampler with its options, as JSON without its name. */
    public static Subject of(SamplerFactory<?> factory, String json) {
      return new Subject(factory, json);
    }
  }

  /** A contract whose rules are checked on {@link #subject}. */
  protected SamplerContract() {
    super(SamplerRules.ALL);
  }

  /** The sampler to test; asked for once. */
  protected abstract Subject subject();

  @Override
  final SamplerBench bench() {
    return new SamplerBench(subject());
  }

  /** One seed gives one series of rows, another seed another one. */
  @Test
  @Order(1)
  @DisplayName(SamplerRules.SEED)
  public final void drawsFollowFromTheGenerator() {
    verify(1);
  }

  /** Every row that is drawn is one of the vocabulary and has a chance above 0. */
  @Test
  @Order(2)
  @DisplayName(SamplerRules.ROWS)
  public final void rowsAreOfTheVocabulary() {
    verify(2);
  }

  /** The count is at least 1; both are what the keys of that name say, if there are such. */
  @Test
  @Order(3)
  @DisplayName(SamplerRules.DECLARED)
  public final void countAndSharingAreAsConfigured() {
    verify(3);
  }

  /** Over all rows they do, within 1e-9; row 0 and rows beyond the last have none. */
  @Test
  @Order(4)
  @DisplayName(SamplerRules.CHANCES)
  public final void chancesAddUp() {
    verify(4);
  }

  /** Among 100,000 draws the share of each row is within six standard deviations of its chance. */
  @Test
  @Order(5)
  @DisplayName(SamplerRules.FREQUENCIES)
  public final void frequenciesAreTheChances() {
    verify(5);
  }

  /** That row is drawn, with chance 1. */
  @Test
  @Order(6)
  @DisplayName(SamplerRules.ONE_ROW)
  public final void oneRowIsFine() {
    verify(6);
  }

  /** When the sampler is made, or at the latest when it draws, with {@code [GR/NothingToDraw]}. */
  @Test
  @Order(7)
  @DisplayName(SamplerRules.NO_ROW)
  public final void noRowIsRefused() {
    verify(7);
  }

  /** A generator gives the same rows alone, in turns with others and in several threads at once. */
  @Test
  @Order(8)
  @DisplayName(SamplerRules.TOGETHER)
  public final void manyThreadsAreServed() {
    verify(8);
  }
}
