package io.genrec.falcon;

import static org.assertj.core.api.Assertions.assertThat;

import io.genrec.api.inference.CacheStatistics;
import io.genrec.api.inference.Candidates;
import io.genrec.api.inference.InferenceStrategy;
import io.genrec.api.inference.Scores;
import io.genrec.api.inference.ScoringRequest;
import io.genrec.api.inference.UserVector;
import io.genrec.engine.onnx.Precision;
import io.genrec.falcon.Scoring.Events;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicIntegerArray;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.apache.arrow.memory.BufferAllocator;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Eight threads ask for many users whose histories grow, with too little room and users that are
 * forgotten: every answer is that of whole sequences, bytes stay within their bounds, and nothing
 * is lost. {@code -Dgenrec.service.seconds=60} says how long the campaign asks in each way.
 */
class ServiceTest {
  private static final int EVENTS = 11;
  private static final int THREADS = 8;
  private static final int TIMES = 2;
  private static final long LATER = 1L << 33;
  private static final int CANDIDATES = 3;

  /** The pages that the allocators of C and Java take late, beside what is counted. */
  private static final long RESIDENT_KIB = 24 * 1024;

  private static final long HEAP_KIB = 8 * 1024;

  private final Path folder;

  ServiceTest(@TempDir Path folder) {
    this.folder = folder;
  }

  /** What is asked, and what is right. */
  private interface Service {
    /** The numbers that answer each request. */
    List<double[]> ask(List<ScoringRequest> requests);
  }

  /** Users whose histories grow, and the answers for each of their lengths and times. */
  private static final class Users {
    private final Events[] events;
    private final double[][][][] truth;
    private final AtomicIntegerArray lengths;

    /**
     * Asks for the truth.
     *
     * @param least the fewest events of a request
     */
    Users(int count, int least, Service whole) {
      events = new Events[count];
      truth = new double[count][EVENTS + 1][TIMES][];
      lengths = new AtomicIntegerArray(count);
      for (int user = 0; user < count; user++) {
        events[user] = Events.random(new Random(user), EVENTS);
        lengths.set(user, least);
        List<ScoringRequest> all = new ArrayList<>();
        for (int length = least; length <= EVENTS; length++) {
          for (int time = 0; time < TIMES; time++) {
            all.add(request(user, length, time));
          }
        }
        List<double[]> answers = whole.ask(all);
        for (int i = 0; i < answers.size(); i++) {
          truth[user][least + i / TIMES][i % TIMES] = answers.get(i);
        }
      }
    }

    ScoringRequest request(int user, int length, int time) {
      int[] candidates =
          IntStream.range(0, CANDIDATES).map(i -> 1 + (user + 13 * i) % Scoring.ITEMS).toArray();
      return new ScoringRequest(
          events[user].slice(0, length),
          0,
          LATER + 86_400L * time,
          Optional.of("user" + user),
          Candidates.items(candidates));
    }

    /** How many events a user has now; one more, now and then, up to all, then it starts anew. */
    int next(Random random, int user, int least) {
      if (random.nextInt(3) > 0) {
        return lengths.get(user);
      }
      return lengths.updateAndGet(user, length -> length == EVENTS ? least : length + 1);
    }
  }

  /** What threads did. */
  private static final class Run {
    private final AtomicLong asked = new AtomicLong();
    private final AtomicLong forgotten = new AtomicLong();
    private final AtomicLong most = new AtomicLong();
    private final AtomicLong mostOnDisk = new AtomicLong();
    private long residentGrowthKib;
    private long heapGrowthKib;
  }

  private Run run(
      InferenceStrategy strategy, Service tested, Users users, int least, double seconds)
      throws Exception {
    Run run = new Run();
    long begin = System.nanoTime();
    long end = begin + (long) (seconds * 1e9);
    ExecutorService threads = Executors.newFixedThreadPool(THREADS);
    List<Future<?>> work = new ArrayList<>();
    for (int thread = 0; thread < THREADS; thread++) {
      Random random = new Random(thread);
      work.add(
          threads.submit(
              () -> {
                while (System.nanoTime() < end) {
                  askOnce(strategy, tested, users, least, random, run);
                }
              }));
    }
    boolean linux = Files.exists(Path.of("/proc/self/status"));
    long resident = 0;
    long heap = 0;
    while (System.nanoTime() < end) {
      run.mostOnDisk.accumulateAndGet(folderBytes(), Math::max);
      if (heap == 0 && System.nanoTime() > begin + (end - begin) / 3) {
        heap = Process.heapKib();
        resident = linux ? Process.residentKib() : 0;
      }
      Thread.sleep(50);
    }
    for (Future<?> one : work) {
      one.get();
    }
    threads.shutdown();
    run.heapGrowthKib = Process.heapKib() - heap;
    run.residentGrowthKib = linux ? Process.residentKib() - resident : 0;
    return run;
  }

  private static void askOnce(
      InferenceStrategy strategy, Service tested, Users users, int least, Random random, Run run) {
    List<ScoringRequest> requests = new ArrayList<>();
    List<double[]> expected = new ArrayList<>();
    int together = 1 + random.nextInt(3);
    for (int i = 0; i < together; i++) {
      // Some users come often, so that some are found in memory.
      int user = (int) (users.events.length * Math.pow(random.nextDouble(), 3));
      int length = users.next(random, user, least);
      int time = random.nextInt(TIMES);
      requests.add(users.request(user, length, time));
      expected.add(users.truth[user][length][time]);
    }
    List<double[]> found = tested.ask(requests);
    for (int i = 0; i < together; i++) {
      double[] right = expected.get(i);
      double largest = 1;
      for (double value : right) {
        largest = Math.max(largest, Math.abs(value));
      }
      assertThat(found.get(i)).containsExactly(right, Offset.offset(1e-11 * largest));
    }
    run.most.accumulateAndGet(strategy.statistics().bytes(), Math::max);
    run.asked.addAndGet(together);
    if (random.nextInt(50) == 0) {
      strategy.invalidate("user" + random.nextInt(users.events.length));
      run.forgotten.incrementAndGet();
    }
  }

  private long folderBytes() throws IOException {
    long bytes = 0;
    try (Stream<Path> files = Files.list(folder)) {
      for (Path file : files.toList()) {
        // A file may leave meanwhile.
        bytes += file.toFile().length();
      }
    }
    return bytes;
  }

  /**
   * One way to serve.
   *
   * @param cacheBytes room for a few users
   * @param diskBytes 0: no tier on the disk
   */
  private record Way(String name, boolean finds, long cacheBytes, long diskBytes) {
    MFalconConfig config(Path folder) {
      MFalconConfig.Precision full = MFalconConfig.Precision.FULL;
      MFalconConfig config = new MFalconConfig(2, 2, cacheBytes, full, 4, 0);
      return diskBytes == 0 ? config : config.withDisk(folder.toString(), diskBytes);
    }
  }

  private static List<Way> ways(int users) {
    return List.of(
        new Way("candidates", false, 1_500L * users, 0),
        new Way("candidates, disk", false, 1_500L * users, 400L * users),
        new Way("items, disk", true, 800L * users, 400L * users));
  }

  private void serve(Way way, int count, double seconds, boolean grown) throws Exception {
    Encoders.Named encoder = Encoders.all().get(0);
    if (way.finds()) {
      try (Finding finding = new Finding(encoder.encoder(), Precision.FLOAT64, 6)) {
        Users users =
            new Users(count, 1, requests -> requests.stream().map(finding::truth).toList());
        InferenceStrategy strategy = finding.mFalcon(way.config(folder));
        Service tested =
            requests -> strategy.users(requests).stream().map(UserVector::values).toList();
        check(way, run(strategy, tested, users, 1, seconds), strategy, finding.memory(), grown);
      }
    } else {
      try (Scoring scoring = new Scoring(encoder.encoder(), Precision.FLOAT64, 6)) {
        InferenceStrategy full = scoring.full();
        Users users = new Users(count, 0, requests -> watch(full.score(requests)));
        InferenceStrategy strategy = scoring.mFalcon(way.config(folder));
        Service tested = requests -> watch(strategy.score(requests));
        check(way, run(strategy, tested, users, 0, seconds), strategy, scoring.memory(), grown);
      }
    }
  }

  private static List<double[]> watch(List<Scores> scores) {
    return scores.stream().map(one -> one.of("watch")).toList();
  }

  /** The allocators themselves refuse to be closed if memory was lost. */
  private void check(
      Way way, Run run, InferenceStrategy strategy, BufferAllocator memory, boolean grown)
      throws IOException {
    CacheStatistics statistics = strategy.statistics();
    assertThat(run.most.get()).isBetween(1L, way.cacheBytes());
    assertThat(run.mostOnDisk.get()).isLessThanOrEqualTo(way.diskBytes());
    assertThat(statistics.hits() + statistics.extensions() + statistics.misses())
        .isEqualTo(run.asked.get());
    assertThat(statistics.hits()).isPositive();
    assertThat(statistics.extensions()).isPositive();
    assertThat(statistics.evictions()).isPositive();
    assertThat(statistics.disk().failures()).isZero();
    if (way.diskBytes() > 0) {
      assertThat(statistics.disk().hits()).isPositive();
      assertThat(statistics.disk().bytes()).isEqualTo(folderBytes());
    }
    long allocated = memory.getAllocatedMemory();
    strategy.close();
    assertThat(folderBytes()).isZero();
    if (grown) {
      if (way.diskBytes() > 0) {
        assertThat(statistics.disk().evictions()).isPositive();
      }
      assertThat(run.residentGrowthKib).as("resident KiB").isLessThan(RESIDENT_KIB);
      assertThat(run.heapGrowthKib).as("Java heap KiB").isLessThan(HEAP_KIB);
      System.out.println(
          way
              + ": "
              + run.asked
              + " answers, "
              + run.forgotten
              + " users forgotten, "
              + statistics
              + ", most bytes "
              + run.most
              + " in memory, "
              + run.mostOnDisk
              + " on the disk, "
              + allocated
              + " allocated at the end, growth in KiB: "
              + run.residentGrowthKib
              + " resident, "
              + run.heapGrowthKib
              + " heap");
    }
  }

  @Test
  void answersStayRight() throws Exception {
    for (Way way : ways(60)) {
      serve(way, 60, 0.7, false);
    }
  }

  @Test
  @Tag("slow")
  void aThousandUsersForAMinute() throws Exception {
    for (Way way : ways(1_000)) {
      serve(way, 1_000, Integer.getInteger("genrec.service.seconds", 60), true);
    }
  }
}
