package io.genrec.data.task;

import static io.genrec.api.sequence.History.NO_TIME;
import static org.assertj.core.api.Assertions.assertThat;

import io.genrec.api.sequence.Batch;
import io.genrec.api.sequence.History;
import io.genrec.api.sequence.Role;
import io.genrec.api.sequence.Schema;
import io.genrec.api.sequence.Schema.Owner;
import io.genrec.api.sequence.TokenRow;
import io.genrec.api.task.Task;
import java.nio.FloatBuffer;
import java.nio.LongBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import java.util.stream.IntStream;
import org.apache.arrow.memory.RootAllocator;
import org.junit.jupiter.api.Test;

/** Entries of a slower-changing series among the events of a history, as tokens. */
class SeriesTaskTest {
  private static final long DAY = 86_400;
  private static final Schema SCHEMA =
      new Schema(
          List.of(
              new Schema.Feature("item", 100, 8),
              new Schema.Feature("follows", 9, 8, Owner.SERIES)),
          List.of(),
          new Schema.Outcomes(List.of("click"), List.of()),
          8,
          6,
          20);
  private static final List<Outcomes.Choice> CLICK = List.of(new Outcomes.Choice("click", 1));

  /**
   * An event of an item, or an entry where that is 0.
   *
   * @param follows the value of the series
   */
  private record Happened(int item, int follows, int click, long time, int moment) {}

  /** An entry, two items at once, an entry of the same second, an item, an entry, an item. */
  private static final Log LOG =
      new Log(
          List.of(
              new Happened(0, 9, 0, NO_TIME, 0),
              new Happened(11, 0, 1, 100, 1),
              new Happened(12, 0, 0, 100, 1),
              new Happened(0, 4, 0, 100, 2),
              new Happened(13, 0, 1, 200, 3),
              new Happened(0, 5, 0, 300, 4),
              new Happened(14, 0, 1, 400, 5)));

  private record Log(List<Happened> events) implements History {
    @Override
    public int size() {
      return events.size();
    }

    @Override
    public int category(String feature, int event) {
      return switch (feature) {
        case "item" -> events.get(event).item();
        case "follows" -> events.get(event).follows();
        case "actions" -> events.get(event).click();
        default -> throw new AssertionError(feature);
      };
    }

    @Override
    public long time(int event) {
      return events.get(event).time();
    }

    @Override
    public int moment(int event) {
      return events.get(event).moment();
    }
  }

  /** What a task writes, by column. */
  private static final class Written implements AutoCloseable {
    private final RootAllocator memory = new RootAllocator();
    private final Batch batch = new Batch(memory);

    Written(Task task, int length, boolean training, Consumer<TokenRow> writing) {
      var columns = training ? task.columns() : task.columns().inputs();
      writing.accept(new TokenRow(batch, 1, length, columns).at(0));
    }

    List<Long> longs(String name) {
      LongBuffer values = batch.column(name).bytes().asLongBuffer();
      return IntStream.range(0, values.limit()).mapToObj(values::get).toList();
    }

    List<Float> floats(String name) {
      FloatBuffer values = batch.column(name).bytes().asFloatBuffer();
      List<Float> all = new ArrayList<>();
      for (int i = 0; i < batch.column(name).entries(); i++) {
        all.add(values.get(i));
      }
      return all;
    }

    @Override
    public void close() {
      batch.close();
      memory.close();
    }
  }

  private static List<Long> roles(Role... roles) {
    return List.of(roles).stream().map(role -> (long) role.ordinal()).toList();
  }

  @Test
  void anItemIsPredictedOnceByTheTokenBeforeIt() {
    Task task = new NextItem(SCHEMA);
    try (Written row = new Written(task, 6, true, to -> task.writeTraining(LOG, to))) {
      assertThat(row.longs("tokens/item")).containsExactly(0L, 11L, 12L, 0L, 13L, 0L);
      assertThat(row.longs("tokens/follows")).containsExactly(9L, 0L, 0L, 4L, 0L, 5L);
      assertThat(row.longs("targets/item")).containsExactly(11L, 12L, 0L, 13L, 0L, 14L);
      assertThat(row.floats("targets/weight")).containsExactly(1f, 1f, 0f, 1f, 0f, 1f);
      assertThat(row.longs("tokens/prediction_time"))
          .containsExactly(100L, 100L, 100L, 200L, 300L, 400L);
    }
  }

  @Test
  void interleavedAnEntryIsOneTokenWithoutAnOutcome() {
    Task task = new InterleavedRanking(new InterleavedRanking.Config(CLICK, List.of()), SCHEMA);
    // The most recent six: the untimed entry is not shown.
    assertThat(task.trainingLength(LOG)).isEqualTo(4 * 2 + 2);
    assertThat(task.events(LOG)).containsExactly(0, 1, 0, 1, 2, 3, 3, 4, 5, 5);
    try (Written row = new Written(task, 10, true, to -> task.writeTraining(LOG, to))) {
      assertThat(row.longs("tokens/role"))
          .isEqualTo(
              roles(
                  Role.EVENT,
                  Role.EVENT,
                  Role.ACTION,
                  Role.ACTION,
                  Role.EVENT,
                  Role.EVENT,
                  Role.ACTION,
                  Role.EVENT,
                  Role.EVENT,
                  Role.ACTION));
      assertThat(row.longs("tokens/item"))
          .containsExactly(11L, 12L, 0L, 0L, 0L, 13L, 0L, 0L, 14L, 0L);
      assertThat(row.longs("tokens/follows"))
          .containsExactly(0L, 0L, 0L, 0L, 4L, 0L, 0L, 5L, 0L, 0L);
      assertThat(row.longs("tokens/actions"))
          .containsExactly(0L, 0L, 1L, 0L, 0L, 0L, 1L, 0L, 0L, 1L);
      assertThat(row.longs("tokens/time"))
          .containsExactly(100L, 100L, 100L, 100L, 100L, 200L, 200L, 300L, 400L, 400L);
      assertThat(row.longs("tokens/prediction_time"))
          .containsExactly(100L, 100L, 100L, 100L, 200L, 200L, 300L, 400L, 400L, 400L);
      assertThat(row.floats("label_weights/click"))
          .containsExactly(1f, 1f, 0f, 0f, 0f, 1f, 0f, 0f, 1f, 0f);
    }
    assertThat(task.requestLength(LOG.slice(0, 4), 3)).isEqualTo(2 * 2 + 2 + 3);
    Task impressions =
        new InterleavedRanking(
            new InterleavedRanking.Config(
                CLICK, List.of(), true, InterleavedRanking.Config.Examples.IMPRESSIONS),
            SCHEMA);
    assertThat(impressions.examples(LOG)).containsExactly(2, 3, 5, 7);
  }

  @Test
  void entriesWithinAChunkAreNeitherAskedNorSeen() {
    Task task = new ChunkRanking(new ChunkRanking.Config(CLICK, List.of(), 2, 0), SCHEMA);
    assertThat(task.examples(LOG)).containsExactly(3, 7);
    // 13 and 14 are asked together, at the time of 13; 5 lies between them.
    assertThat(task.trainingLength(LOG)).isEqualTo(4 + 2);
    assertThat(task.events(LOG)).containsExactly(0, 1, 2, 3, -1, -1);
    try (Written row = new Written(task, 6, true, to -> task.writeTraining(LOG, to))) {
      assertThat(row.longs("tokens/item")).containsExactly(0L, 11L, 12L, 0L, 13L, 14L);
      assertThat(row.longs("tokens/follows")).containsExactly(9L, 0L, 0L, 4L, 0L, 0L);
      assertThat(row.longs("tokens/actions")).containsExactly(0L, 1L, 0L, 0L, -1L, -1L);
      assertThat(row.longs("tokens/time")).containsExactly(NO_TIME, 100L, 100L, 100L, 200L, 200L);
      assertThat(row.floats("labels/click")).containsExactly(0f, 0f, 0f, 0f, 1f, 1f);
      assertThat(row.floats("label_weights/click")).containsExactly(0f, 0f, 0f, 0f, 1f, 1f);
      assertThat(row.longs("sequence/candidates")).containsExactly(2L);
    }
    // After an entry nothing is asked.
    assertThat(task.trainingLength(LOG.slice(0, 6))).isZero();
  }

  @Test
  void aChunkEndsWithItsDayWhateverStandsBetween() {
    Log log =
        new Log(
            List.of(
                new Happened(1, 0, 0, 10, 0),
                new Happened(0, 3, 0, 20, 1),
                new Happened(0, 4, 0, DAY + 1, 2),
                new Happened(2, 0, 1, DAY + 5, 3),
                new Happened(0, 5, 0, DAY + 9, 4)));
    Task task = new ChunkRanking(new ChunkRanking.Config(CLICK, List.of(), 10, 0), SCHEMA);
    assertThat(task.examples(log)).containsExactly(1, 4);
    try (Written row = new Written(task, 4, true, to -> task.writeTraining(log.slice(0, 4), to))) {
      assertThat(row.longs("tokens/item")).containsExactly(1L, 0L, 0L, 2L);
      assertThat(row.longs("tokens/follows")).containsExactly(0L, 3L, 4L, 0L);
    }
  }
}
