package io.genrec.engine.runtime;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class RequestQueueTest {
  private final CompletableFuture<Boolean> begin = new CompletableFuture<>();
  private final RequestQueue<Integer, Integer> queue =
      new RequestQueue<>(8, 1, 4, "doubling", this::doubled);

  private List<Integer> doubled(List<Integer> numbers) {
    begin.join();
    if (numbers.contains(13)) {
      RequestQueueTest.<RuntimeException>sneak(new IOException("bad luck"));
    }
    return numbers.stream().map(number -> 2 * number).toList();
  }

  /** As languages do that know no checked exceptions. */
  @SuppressWarnings("unchecked")
  private static <E extends Exception> void sneak(Exception exception) throws E {
    throw (E) exception;
  }

  @AfterEach
  void close() {
    begin.complete(true);
    queue.close();
  }

  /** A clock counts 292 years in nanoseconds. */
  @Test
  void aDeadlineMayBeAsFarAwayAsTimeGoes() throws Exception {
    begin.complete(true);
    for (Duration within :
        List.of(
            Duration.ofSeconds(Long.MAX_VALUE, 999_999_999),
            Duration.ofDays(365 * 293L),
            Duration.ofNanos(Long.MAX_VALUE))) {
      assertThat(queue.submit(21, within).get()).isEqualTo(42);
    }
    for (Duration past : List.of(Duration.ofSeconds(Long.MIN_VALUE), Duration.ofDays(-1))) {
      assertThatThrownBy(() -> queue.submit(21, past).get())
          .hasMessageContaining("[GR/DeadlinePassed]");
    }
  }

  /** All deadlines of a process are watched by one thread. */
  @Test
  void whatFollowsALateAnswerHoldsUpNoOtherDeadline() throws Exception {
    CompletableFuture<Boolean> other = new CompletableFuture<>();
    CompletableFuture<Boolean> told =
        queue
            .submit(21, Duration.ofMillis(5))
            .handle((answer, failure) -> failure != null && other.join());
    assertThatThrownBy(() -> queue.submit(22, Duration.ofMillis(5)).get(1, TimeUnit.MINUTES))
        .hasMessageContaining("[GR/DeadlinePassed]");
    other.complete(true);
    assertThat(told.get(1, TimeUnit.MINUTES)).isTrue();
  }

  @Test
  void whateverIsThrownIsAnAnswer() throws Exception {
    Duration soon = Duration.ofMinutes(1);
    CompletableFuture<Integer> first = queue.submit(1, soon);
    CompletableFuture<Integer> bad = queue.submit(13, soon);
    CompletableFuture<Integer> good = queue.submit(21, soon);
    begin.complete(true);
    assertThatThrownBy(bad::get).hasCauseInstanceOf(IOException.class);
    assertThat(first.get()).isEqualTo(2);
    assertThat(good.get()).isEqualTo(42);
  }

  /** The only thread would wait for itself. */
  @Test
  void whatFollowsAnAnswerMayAskAgain() throws Exception {
    CompletableFuture<Integer> asked =
        queue.submit(21, Duration.ofMinutes(1)).thenApply(queue::ask);
    begin.complete(true);
    assertThat(asked.get(1, TimeUnit.MINUTES)).isEqualTo(84);
  }

  /** It would wait for its own end. */
  @Test
  void whatFollowsAnAnswerCannotCloseTheQueue() {
    CompletableFuture<Void> closed =
        queue.submit(21, Duration.ofMinutes(5)).thenAccept(answer -> queue.close());
    begin.complete(true);
    assertThatThrownBy(closed::get)
        .hasCauseInstanceOf(IllegalStateException.class)
        .hasMessageContaining("thenAcceptAsync");
    assertThat(queue.ask(1)).as("it is open").isEqualTo(2);
  }
}
