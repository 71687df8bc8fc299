package io.genrec.testkit;

import io.genrec.api.encoder.EncoderFactory;
import io.genrec.api.inference.InferenceStrategyFactory;
import io.genrec.api.task.TaskFactory;
import org.apiguardian.api.API;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;

/**
 * What every inference strategy must do, as tests. Extend it in the plug-in's tests and say which
 * strategy, and the encoder and the ranking task of the model that it scores:
 *
 * <pre>{@code
 * class MyStrategyTest extends InferenceStrategyContract {
 *   @Override
 *   protected Subject subject() {
 *     return Subject.of(new MyStrategy(), new Hstu(), new InterleavedRankingFactory())
 *         .config("{\"microBatch\": 7}")
 *         .taskConfig("{\"labels\": [{\"name\": \"click\"}, {\"name\": \"watch\"}]}");
 *   }
 * }
 * }</pre>
 *
 * <p>Each rule is one test; a failure names its rule. What is right is what the model gives for one
 * candidate alone after its whole history. Two numbers are equal if they differ by at most 1e-11
 * times the larger of 1 and the largest magnitude, in 64 bits.
 *
 * <p>Items have an attribute, a number and a number in buckets; moments have a page; users have an
 * age; events have the actions {@code click} and {@code like} and the number {@code watch}.
 */
@API(status = API.Status.EXPERIMENTAL, since = "0.1")
public abstract class InferenceStrategyContract extends Contract<StrategyBench> {
  /**
   * A strategy to test.
   *
   * @param factory makes it
   * @param config its configuration as JSON, without its name
   * @param encoder makes the model's encoder
   * @param encoderConfig the encoder's configuration as JSON, without its name
   * @param task makes the model's task
   * @param taskConfig the task's configuration as JSON, without its name
   * @param ranking what the model has beside its encoder, as {@code "ranking"} of a run's
   *     configuration
   */
  public record Subject(
      InferenceStrategyFactory<?> factory,
      String config,
      EncoderFactory<?> encoder,
      String encoderConfig,
      TaskFactory<?> task,
      String taskConfig,
      String ranking) {
    /** A strategy with its default configuration, and models of default configurations. */
    public static Subject of(
        InferenceStrategyFactory<?> factory, EncoderFactory<?> encoder, TaskFactory<?> task) {
      return new Subject(factory, "{}", encoder, "{}", task, "{}", "{}");
    }

    /** The same with options, as JSON without the strategy's name. */
    public Subject config(String json) {
      return new Subject(factory, json, encoder, encoderConfig, task, taskConfig, ranking);
    }

    /** The same with options of the encoder, as JSON without its name. */
    public Subject encoderConfig(String json) {
      return new Subject(factory, config, encoder, json, task, taskConfig, ranking);
    }

    /** The same with options of the task, as JSON without its name. */
    public Subject taskConfig(String json) {
      return new Subject(factory, config, encoder, encoderConfig, task, json, ranking);
    }

    /** The same with another embedding or head, as {@code "ranking"} of a run's configuration. */
    public Subject ranking(String json) {
      return new Subject(factory, config, encoder, encoderConfig, task, taskConfig, json);
    }
  }

  /** A contract whose rules are checked on {@link #subject}. */
  protected InferenceStrategyContract() {
    super(StrategyRules.ALL);
  }

  /** The strategy to test; asked for once. */
  protected abstract Subject subject();

  @Override
  final StrategyBench bench() {
    return new StrategyBench(subject());
  }

  /**
   * Histories of no, one and as many events as are shown; no, one and many candidates; without a
   * user, so that nothing is kept.
   */
  @Test
  @Order(1)
  @DisplayName(StrategyRules.SCORES)
  public final void scoresAreThoseOfACandidateAlone() {
    verify(1);
  }

  /** In any order, twice, beside any others, a candidate has the same score. */
  @Test
  @Order(2)
  @DisplayName(StrategyRules.OTHERS)
  public final void otherCandidatesChangeNothing() {
    verify(2);
  }

  /**
   * One user asks again: the same, later, with more events, with fewer, with another past, from
   * another first event; in random turns with other users.
   */
  @Test
  @Order(3)
  @DisplayName(StrategyRules.EARLIER)
  public final void earlierRequestsChangeNothing() {
    verify(3);
  }

  /** Several requests in one call, of one user and of several, in any order. */
  @Test
  @Order(4)
  @DisplayName(StrategyRules.TOGETHER)
  public final void requestsTogetherAreAsAlone() {
    verify(4);
  }

  /** After it, nothing is known of the user, of others as much as before, and scores are right. */
  @Test
  @Order(5)
  @DisplayName(StrategyRules.INVALIDATE)
  public final void aForgottenUserIsForgotten() {
    verify(5);
  }

  /** Hits, extensions, misses and moves add up to what answers say; nothing is negative. */
  @Test
  @Order(6)
  @DisplayName(StrategyRules.STATISTICS)
  public final void statisticsAreWhatAnswersSay() {
    verify(6);
  }

  /** A request that fails, for an item that is none, does not change the answers after it. */
  @Test
  @Order(7)
  @DisplayName(StrategyRules.FAILURES)
  public final void aFailedRequestLeavesNothingBehind() {
    verify(7);
  }

  /** With {@code [GR/NotANumber]}. */
  @Test
  @Order(8)
  @DisplayName(StrategyRules.BROKEN)
  public final void brokenWeightsAreRefused() {
    verify(8);
  }

  /** Threads that ask for few users at the same time get what each would get alone. */
  @Test
  @Order(9)
  @DisplayName(StrategyRules.THREADS)
  public final void manyThreadsAreServed() {
    verify(9);
  }

  /** All memory that was taken from the model's allocator comes back. */
  @Test
  @Order(10)
  @DisplayName(StrategyRules.MEMORY)
  public final void closingGivesMemoryBack() {
    verify(10);
  }

  /**
   * Of a model that predicts items; a strategy that gives none says so for no request too, and
   * every strategy does on a model that ranks.
   */
  @Test
  @Order(11)
  @DisplayName(UsersRule.TITLE)
  public final void usersVectorsAreThoseOfWholeHistories() {
    verify(11);
  }
}
