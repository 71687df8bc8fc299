package io.genrec.engine.runtime;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Future;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class WorkersTest {
  @Test
  void runsEachPieceOnce() {
    try (Workers workers = new Workers(3)) {
      for (int count : new int[] {0, 1, 2, 100}) {
        List<Integer> done = Collections.synchronizedList(new ArrayList<>());
        workers.runAll(
            IntStream.range(0, count).<Runnable>mapToObj(i -> () -> done.add(i)).toList(), 3);
        assertThat(done).hasSize(count).doesNotHaveDuplicates();
      }
    }
  }

  @Test
  void severalPiecesRunAtATime() {
    CountDownLatch both = new CountDownLatch(2);
    Runnable piece =
        () -> {
          both.countDown();
          try {
            both.await();
          } catch (InterruptedException e) {
            throw new IllegalStateException(e);
          }
        };
    try (Workers workers = new Workers(1)) {
      workers.runAll(List.of(piece, piece), 2);
    }
    assertThat(both.getCount()).isZero();
  }

  @Test
  void doesNotWaitForThreadsThatAreBusy() {
    try (Workers workers = new Workers(1)) {
      CountDownLatch over = new CountDownLatch(1);
      Future<Boolean> busy =
          workers.submit(
              () -> {
                over.await();
                return true;
              });
      List<Thread> ran = Collections.synchronizedList(new ArrayList<>());
      Runnable piece = () -> ran.add(Thread.currentThread());
      workers.runAll(List.of(piece, piece, piece), 2);
      assertThat(ran).hasSize(3).containsOnly(Thread.currentThread());
      over.countDown();
      assertThat(Workers.await(busy)).isTrue();
    }
  }

  @Test
  void withoutThreadsTheOwnerDoesAllInOrder() {
    Workers workers = new Workers(0);
    List<Integer> done = new ArrayList<>();
    List<Future<Boolean>> tasks = new ArrayList<>();
    for (int i = 0; i < 4; i++) {
      int number = i;
      tasks.add(workers.submit(() -> done.add(number)));
    }
    workers.takePart(tasks.subList(1, 3));
    assertThat(done).containsExactly(0, 1, 2);
    workers.close();
    assertThat(done).containsExactly(0, 1, 2, 3);
  }

  @Test
  void whoTakesPartWaitsForOthers() {
    try (Workers workers = new Workers(1)) {
      CountDownLatch both = new CountDownLatch(2);
      List<Future<Boolean>> tasks = new ArrayList<>();
      for (int i = 0; i < 2; i++) {
        // Neither ends before both have begun.
        tasks.add(
            workers.submit(
                () -> {
                  both.countDown();
                  both.await();
                  return true;
                }));
      }
      long before = workers.processorNanos();
      workers.takePart(tasks);
      assertThat(tasks).allMatch(Future::isDone);
      assertThat(workers.processorNanos()).isGreaterThan(before);
    }
  }

  @Test
  void takingPartInAFailureDoesNotThrow() {
    try (Workers workers = new Workers(0)) {
      Future<Boolean> task =
          workers.submit(
              () -> {
                throw new IllegalStateException("no");
              });
      workers.takePart(List.of(task));
      assertThatThrownBy(() -> Workers.await(task)).hasMessage("no");
    }
  }

  @Test
  void aFailureIsThrownWhenAllHaveEnded() {
    Runnable fails =
        () -> {
          throw new IllegalStateException("no");
        };
    try (Workers workers = new Workers(2)) {
      assertThatThrownBy(() -> workers.runAll(List.of(() -> {}, fails, () -> {}, () -> {}), 2))
          .isInstanceOf(IllegalStateException.class)
          .hasMessage("no");
    }
  }
}
