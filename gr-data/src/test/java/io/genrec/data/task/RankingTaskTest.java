package io.genrec.data.task;

import static io.genrec.api.sequence.History.NO_TIME;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.genrec.api.GenRecException;
import io.genrec.api.sequence.Batch;
import io.genrec.api.sequence.History;
import io.genrec.api.sequence.Role;
import io.genrec.api.sequence.Schema;
import io.genrec.api.sequence.Schema.Numeric;
import io.genrec.api.sequence.Schema.Owner;
import io.genrec.api.sequence.TokenRow;
import io.genrec.api.task.Label;
import io.genrec.api.task.Task;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.IntUnaryOperator;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import org.apache.arrow.memory.RootAllocator;
import org.junit.jupiter.api.Test;

class RankingTaskTest {
  private static final long DAY = 86_400;
  private static final Numeric SECONDS = new Numeric("seconds", Owner.EVENT, 10, 5, List.of());
  private static final Schema SCHEMA =
      new Schema(
          List.of(
              new Schema.Feature("item", 100, 8),
              new Schema.Feature("tab", 5, 2, Owner.REQUEST),
              new Schema.Feature("age", 9, 2, Owner.USER),
              new Schema.Feature("minutes", 3, 2, Owner.ITEM)),
          List.of(
              new Numeric("minutes", Owner.ITEM, 0, 1, List.of(100.0, 200.0)),
              new Numeric("price", Owner.ITEM, 2, 4, List.of())),
          new Schema.Outcomes(List.of("click", "like"), List.of(SECONDS)),
          8,
          4,
          20);
  private static final List<Outcomes.Choice> LABELS =
      List.of(new Outcomes.Choice("like", 1), new Outcomes.Choice("seconds", 0.5));
  private static final List<Outcomes.Threshold> LONG =
      List.of(new Outcomes.Threshold("seconds", 15));

  /** Events as {item, actions, seconds, time, moment}; a negative time is none. */
  private record Log(long[]... events) implements History {
    @Override
    public int size() {
      return events.length;
    }

    @Override
    public int category(String feature, int event) {
      return switch (feature) {
        case "item" -> (int) events[event][0];
        case "tab" -> (int) events[event][0] % 5;
        case "actions" -> (int) events[event][1];
        default -> throw new AssertionError(feature);
      };
    }

    @Override
    public float number(String feature, int event) {
      return switch (feature) {
        case "minutes" -> 10 * events[event][0];
        case "price" -> events[event][0];
        case "seconds" -> events[event][2] < 0 ? Float.NaN : events[event][2];
        default -> throw new AssertionError(feature);
      };
    }

    @Override
    public int user(String feature) {
      return 7;
    }

    @Override
    public long time(int event) {
      return events[event][3] < 0 ? NO_TIME : events[event][3];
    }

    @Override
    public int moment(int event) {
      return (int) events[event][4];
    }

    Log with(int column, IntUnaryOperator change, int from) {
      long[][] changed = Arrays.stream(events).map(long[]::clone).toArray(long[][]::new);
      for (int i = from; i < changed.length; i++) {
        changed[i][column] = change.applyAsInt((int) changed[i][column]);
      }
      return new Log(changed);
    }
  }

  /** One earlier event, then 12 and 13 at one moment, then 14. */
  private static final Log FOUR =
      new Log(
          new long[] {11, 1, -1, -1, 0},
          new long[] {12, 3, 20, 100, 1},
          new long[] {13, 0, 5, 100, 1},
          new long[] {14, 2, 15, 300, 2});

  private static final Task INTERLEAVED =
      new InterleavedRankingFactory().create(new InterleavedRanking.Config(LABELS, LONG), SCHEMA);

  private static Task chunks(int chunk) {
    return new ChunkRankingFactory()
        .create(new ChunkRanking.Config(LABELS, LONG, chunk, 0), SCHEMA);
  }

  private interface Writing {
    void write(TokenRow row);
  }

  /** All columns as text, by name. */
  private static Map<String, String> written(Task task, int length, boolean training, Writing w) {
    try (var allocator = new RootAllocator();
        var batch = new Batch(allocator)) {
      var columns = training ? task.columns() : task.columns().inputs();
      w.write(new TokenRow(batch, 1, length, columns).at(0));
      Map<String, String> all = new TreeMap<>();
      batch
          .columns()
          .forEach(
              (name, column) ->
                  all.put(
                      name,
                      switch (column.element()) {
                        case INT64 -> {
                          var values = column.bytes().asLongBuffer();
                          yield LongStream.range(0, values.limit())
                              .map(i -> values.get((int) i))
                              .boxed()
                              .toList()
                              .toString();
                        }
                        case FLOAT -> {
                          float[] values = new float[column.entries()];
                          column.bytes().asFloatBuffer().get(values);
                          yield Arrays.toString(values);
                        }
                        default -> "truths";
                      }));
      return all;
    }
  }

  private static String roles(Role... roles) {
    return Arrays.stream(roles).map(role -> (long) role.ordinal()).toList().toString();
  }

  @Test
  void interleavesItemsAndActionsMomentByMoment() {
    assertThat(INTERLEAVED.trainingLength(FOUR)).isEqualTo(9);
    Map<String, String> columns =
        written(INTERLEAVED, 9, true, row -> INTERLEAVED.writeTraining(FOUR, row));
    assertThat(columns.get("tokens/role"))
        .isEqualTo(
            roles(
                Role.CONTEXT,
                Role.EVENT,
                Role.ACTION,
                Role.EVENT,
                Role.EVENT,
                Role.ACTION,
                Role.ACTION,
                Role.EVENT,
                Role.ACTION));
    assertThat(columns.get("tokens/item")).isEqualTo("[0, 11, 0, 12, 13, 0, 0, 14, 0]");
    assertThat(columns.get("tokens/tab")).isEqualTo("[0, 1, 0, 2, 3, 0, 0, 4, 0]");
    assertThat(columns.get("tokens/age")).isEqualTo("[7, 0, 0, 0, 0, 0, 0, 0, 0]");
    // 110 to 140 minutes lie between the boundaries 100 and 200.
    assertThat(columns.get("tokens/minutes")).isEqualTo("[0, 2, 0, 2, 2, 0, 0, 2, 0]");
    assertThat(columns.get("tokens/number/price"))
        .isEqualTo("[0.0, 2.25, 0.0, 2.5, 2.75, 0.0, 0.0, 3.0, 0.0]");
    // Bit 2: at least 15 seconds.
    assertThat(columns.get("tokens/actions")).isEqualTo("[0, 0, 1, 0, 0, 7, 0, 0, 6]");
    String none = String.valueOf(NO_TIME);
    assertThat(columns.get("tokens/time"))
        .isEqualTo("[" + none + ", " + none + ", " + none + ", 100, 100, 100, 100, 300, 300]");
    assertThat(columns.get("tokens/prediction_time"))
        .isEqualTo("[" + none + ", " + none + ", 100, 100, 100, 300, 300, 300, 300]");
    // The earlier event is no example: when it was shown is not known.
    assertThat(columns.get("labels/like"))
        .isEqualTo("[0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 1.0, 0.0]");
    assertThat(columns.get("label_weights/like"))
        .isEqualTo("[0.0, 0.0, 0.0, 1.0, 1.0, 0.0, 0.0, 1.0, 0.0]");
    assertThat(columns.get("labels/seconds"))
        .isEqualTo("[0.0, 0.0, 0.0, 2.0, -1.0, 0.0, 0.0, 1.0, 0.0]");
    assertThat(columns.get("targets/weight"))
        .isEqualTo("[0.0, 0.0, 0.0, 1.0, 1.0, 0.0, 0.0, 1.0, 0.0]");
  }

  @Test
  void onlyChunksTrainOnCandidates() {
    assertThat(INTERLEAVED.trainingRoles())
        .containsExactlyInAnyOrder(Role.CONTEXT, Role.EVENT, Role.ACTION);
    assertThat(chunks(1).trainingRoles()).contains(Role.CANDIDATE);
  }

  @Test
  void withoutActionsASequenceIsItemsAlone() {
    Task items =
        new InterleavedRanking(
            new InterleavedRanking.Config(
                LABELS, List.of(), false, InterleavedRanking.Config.Examples.USERS),
            SCHEMA);
    assertThat(items.roles()).doesNotContain(Role.ACTION);
    assertThat(items.trainingRoles()).containsExactlyInAnyOrder(Role.CONTEXT, Role.EVENT);
    assertThat(items.actions()).isZero();
    assertThat(items.features()).doesNotContain(Schema.ACTIONS);
    assertThat(items.trainingLength(FOUR)).isEqualTo(5);
    assertThat(items.events(FOUR)).containsExactly(-1, 0, 1, 2, 3);
    Map<String, String> columns = written(items, 5, true, row -> items.writeTraining(FOUR, row));
    assertThat(columns.get("tokens/item")).isEqualTo("[0, 11, 12, 13, 14]");
    assertThat(columns.get("tokens/role"))
        .isEqualTo(roles(Role.CONTEXT, Role.EVENT, Role.EVENT, Role.EVENT, Role.EVENT));
    assertThat(columns.get("labels/like")).isEqualTo("[0.0, 0.0, 1.0, 0.0, 1.0]");
    assertThat(columns.get("label_weights/like")).isEqualTo("[0.0, 0.0, 1.0, 1.0, 1.0]");
    assertThatThrownBy(
            () ->
                new InterleavedRanking(
                    new InterleavedRanking.Config(
                        LABELS, LONG, false, InterleavedRanking.Config.Examples.USERS),
                    SCHEMA))
        .isInstanceOf(GenRecException.class)
        .hasMessageContainingAll("[GR/InvalidValue]", "thresholds");
  }

  /** One more would be the sign, and -1 says that nothing is known. */
  @Test
  void tokensCarryAtMost31Actions() {
    Task most = new InterleavedRanking(thresholds(29), SCHEMA);
    assertThat(most.actions()).isEqualTo(31);
    Map<String, String> columns = written(most, 9, true, row -> most.writeTraining(FOUR, row));
    assertThat(columns.get("tokens/actions")).contains(String.valueOf(Integer.MAX_VALUE));
    assertThatThrownBy(() -> new InterleavedRanking(thresholds(30), SCHEMA))
        .isInstanceOf(GenRecException.class)
        .hasMessageContainingAll("[GR/InvalidValue]", "2 actions", "30 thresholds", "leave out 1 ");
  }

  private static InterleavedRanking.Config thresholds(int count) {
    List<Outcomes.Threshold> many =
        IntStream.range(0, count)
            .mapToObj(i -> new Outcomes.Threshold("seconds", i * 0.5))
            .toList();
    return new InterleavedRanking.Config(LABELS, many);
  }

  /** The tokens of generative training, but each event is learned from in an example of its own. */
  @Test
  void anImpressionIsAnExampleOfItsOwn() {
    Task single =
        new InterleavedRanking(
            new InterleavedRanking.Config(
                LABELS, LONG, true, InterleavedRanking.Config.Examples.IMPRESSIONS),
            SCHEMA);
    // The earlier event is input only.
    assertThat(single.examples(FOUR)).containsExactly(2, 3, 4);
    Map<String, Float> counted = new TreeMap<>();
    for (int end : single.examples(FOUR)) {
      History shown = FOUR.slice(0, end);
      int length = single.trainingLength(shown);
      Map<String, String> own =
          written(single, length, true, row -> single.writeTraining(shown, row));
      Map<String, String> whole =
          written(INTERLEAVED, length, true, row -> INTERLEAVED.writeTraining(shown, row));
      whole.forEach(
          (name, values) -> {
            if (name.startsWith("tokens/") || name.startsWith("sequence/")) {
              assertThat(own.get(name)).as(name).isEqualTo(values);
            }
          });
      String weights = String.valueOf(own.get("targets/weight"));
      assertThat(weights.split("1\\.0", -1)).as(weights).hasSize(2);
      counted.put(end + " " + own.get("labels/like") + weights, 1f);
    }
    // Of a moment's items the last that is shown is asked: 12, then 13.
    assertThat(counted.keySet())
        .containsExactly(
            "2 [0.0, 0.0, 0.0, 1.0, 0.0][0.0, 0.0, 0.0, 1.0, 0.0]",
            "3 [0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0][0.0, 0.0, 0.0, 0.0, 1.0, 0.0, 0.0]",
            "4 [0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 1.0, 0.0]"
                + "[0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 1.0, 0.0]");
    assertThat(single.trainingLength(FOUR.slice(0, 1))).isZero();
  }

  @Test
  void anItemAndItsActionAreOneEvent() {
    assertThat(INTERLEAVED.events(FOUR)).containsExactly(-1, 0, 0, 1, 2, 1, 2, 3, 3);
    // The chunk of the last event: three events before it.
    assertThat(chunks(1).events(FOUR)).containsExactly(-1, 0, 1, 2, -1);
  }

  @Test
  void candidatesFollowTheHistoryWithoutActions() {
    History past = FOUR.slice(0, 3);
    History shown = FOUR.slice(3, 4);
    assertThat(INTERLEAVED.requestLength(past, 1)).isEqualTo(8);
    Map<String, String> columns =
        written(INTERLEAVED, 8, false, row -> INTERLEAVED.writeRequest(past, shown, 500, row));
    assertThat(columns.get("tokens/item")).isEqualTo("[0, 11, 0, 12, 13, 0, 0, 14]");
    assertThat(columns.get("tokens/actions")).isEqualTo("[0, 0, 1, 0, 0, 7, 0, -1]");
    assertThat(columns.get("tokens/time")).endsWith("100, 500]");
    // The last actions are used at the request.
    assertThat(columns.get("tokens/prediction_time")).endsWith("100, 500, 500, 500]");
    assertThat(columns.get("sequence/candidates")).isEqualTo("[1]");
    assertThat(columns.get("sequence/history")).isEqualTo("[7]");
    assertThat(columns).doesNotContainKey("labels/like");
  }

  @Test
  void aChunkOfADayIsAskedAtItsBeginning() {
    Task task = chunks(2);
    Log log =
        new Log(
            new long[] {1, 1, 1, 10, 0},
            new long[] {2, 1, 1, 20, 1},
            new long[] {3, 2, 20, 20, 1},
            new long[] {4, 1, 1, DAY + 5, 2},
            new long[] {5, 2, 1, DAY + 9, 3});
    assertThat(task.examples(log)).containsExactly(2, 3, 5);
    // 3 stands at the moment of 2, so it does not see 2's outcome.
    History second = log.slice(0, 3);
    assertThat(task.trainingLength(second)).isEqualTo(3);
    Map<String, String> columns = written(task, 3, true, row -> task.writeTraining(second, row));
    assertThat(columns.get("tokens/item")).isEqualTo("[0, 1, 3]");
    assertThat(columns.get("tokens/actions")).isEqualTo("[0, 1, -1]");
    assertThat(columns.get("labels/like")).isEqualTo("[0.0, 0.0, 1.0]");

    Map<String, String> third = written(task, 6, true, row -> task.writeTraining(log, row));
    assertThat(third.get("tokens/item")).isEqualTo("[0, 1, 2, 3, 4, 5]");
    assertThat(third.get("tokens/actions")).isEqualTo("[0, 1, 1, 6, -1, -1]");
    assertThat(third.get("tokens/time")).endsWith("20, 86405, 86405]");
    assertThat(third.get("tokens/prediction_time"))
        .isEqualTo("[" + NO_TIME + ", 20, 20, 86405, 86405, 86405]");
    assertThat(third.get("label_weights/like")).isEqualTo("[0.0, 0.0, 0.0, 0.0, 1.0, 1.0]");
    assertThat(third.get("sequence/candidates")).isEqualTo("[2]");
    assertThat(task.trainingLength(FOUR.slice(0, 1))).isZero();
    assertThat(task.examples(FOUR.slice(0, 1))).isEmpty();
  }

  @Test
  void whereNoOutcomeIsKnownNothingIsLearned() {
    List<Outcomes.Choice> seconds = List.of(new Outcomes.Choice("seconds", 1));
    var users = InterleavedRanking.Config.Examples.USERS;
    var impressions = InterleavedRanking.Config.Examples.IMPRESSIONS;
    Task whole =
        new InterleavedRanking(
            new InterleavedRanking.Config(seconds, List.of(), true, users), SCHEMA);
    Task single =
        new InterleavedRanking(
            new InterleavedRanking.Config(seconds, List.of(), true, impressions), SCHEMA);
    Task chunks = new ChunkRanking(new ChunkRanking.Config(seconds, List.of(), 2, 0), SCHEMA);
    // Of the last two events it is not known how long they took.
    Log some = FOUR.with(2, before -> -1, 2);
    assertThat(whole.trainingLength(some)).isPositive();
    assertThat(single.examples(some)).containsExactly(2);
    assertThat(chunks.examples(some)).containsExactly(3);
    Log none = FOUR.with(2, before -> -1, 0);
    assertThat(whole.trainingLength(none)).isZero();
    assertThat(single.examples(none)).isEmpty();
    assertThat(chunks.examples(none)).isEmpty();
    assertThat(chunks.trainingLength(none)).isZero();
  }

  @Test
  void daysMayBeginBeforeThoseOfUtc() {
    Log log = new Log(new long[] {1, 0, 0, 100, 0}, new long[] {2, 0, 0, DAY - 100, 1});
    Task moved =
        new ChunkRankingFactory().create(new ChunkRanking.Config(LABELS, LONG, 5, 200), SCHEMA);
    assertThat(chunks(5).examples(log)).containsExactly(2);
    assertThat(moved.examples(log)).containsExactly(1, 2);
  }

  /** Whatever comes of what is asked, no input changes: only labels do. */
  @Test
  void noInputTellsWhatCameOfWhatIsAsked() {
    for (int bit = 0; bit < 4; bit++) {
      int flipped = bit;
      Log other = FOUR.with(1, actions -> actions ^ flipped, 3).with(2, s -> s + 40, 3);
      for (Task task : List.of(INTERLEAVED, chunks(3))) {
        History past = FOUR.slice(0, 3);
        int length = task.requestLength(past, 1);
        assertThat(
                written(task, length, false, r -> task.writeRequest(past, other.slice(3, 4), 9, r)))
            .isEqualTo(
                written(task, length, false, r -> task.writeRequest(past, FOUR.slice(3, 4), 9, r)));
      }
      Task task = chunks(3);
      int length = task.trainingLength(FOUR);
      Map<String, String> one = written(task, length, true, r -> task.writeTraining(FOUR, r));
      Map<String, String> two = written(task, length, true, r -> task.writeTraining(other, r));
      assertThat(two.get("labels/seconds")).isNotEqualTo(one.get("labels/seconds"));
      one.keySet().removeIf(name -> name.startsWith("labels/"));
      two.keySet().removeIf(name -> name.startsWith("labels/"));
      assertThat(two).isEqualTo(one);
    }
  }

  /** An item's token and all before it do not tell what came of it, nor of others of its moment. */
  @Test
  void anItemsTokenStandsBeforeTheOutcomesOfItsMoment() {
    Log other = FOUR.with(1, actions -> actions ^ 3, 1).with(2, seconds -> seconds + 40, 1);
    Map<String, String> one =
        written(INTERLEAVED, 9, true, row -> INTERLEAVED.writeTraining(FOUR, row));
    Map<String, String> two =
        written(INTERLEAVED, 9, true, row -> INTERLEAVED.writeTraining(other, row));
    // Tokens 3 and 4 are the items of the first moment that changed.
    assertThat(prefix(two, 5)).isEqualTo(prefix(one, 5));
    assertThat(two.get("tokens/actions")).isNotEqualTo(one.get("tokens/actions"));
  }

  private static List<String> prefix(Map<String, String> columns, int tokens) {
    return List.of(columns.getOrDefault("tokens/actions", "").split(",")).subList(0, tokens);
  }

  @Test
  void whatIsKnownOnlyAfterAnEventIsRefusedAsInput() {
    Schema leaking =
        new Schema(
            List.of(new Schema.Feature("item", 100, 8), new Schema.Feature("stars", 5, 2)),
            List.of(),
            SCHEMA.outcomes(),
            8,
            4,
            20);
    Schema watching =
        new Schema(
            List.of(new Schema.Feature("item", 100, 8)),
            List.of(SECONDS),
            SCHEMA.outcomes(),
            8,
            4,
            20);
    InterleavedRanking.Config config = new InterleavedRanking.Config(LABELS, List.of());
    assertThatThrownBy(() -> new InterleavedRanking(config, leaking))
        .isInstanceOf(GenRecException.class)
        .hasMessageContainingAll("[GR/LabelLeakage]", "\"stars\"", "known only after");
    assertThatThrownBy(() -> new InterleavedRanking(config, watching))
        .isInstanceOf(GenRecException.class)
        .hasMessageContainingAll("[GR/LabelLeakage]", "\"seconds\"");
  }

  @Test
  void labelsMustBeOutcomesAndTokensMustFit() {
    assertThat(INTERLEAVED.labels())
        .containsExactly(
            new Label("like", Label.Kind.BINARY, 1),
            new Label("seconds", Label.Kind.REGRESSION, 0.5));
    assertThat(INTERLEAVED.actions()).isEqualTo(3);
    assertThatThrownBy(
            () ->
                new InterleavedRanking(
                    new InterleavedRanking.Config(
                        List.of(new Outcomes.Choice("lick", 1)), List.of()),
                    SCHEMA))
        .isInstanceOf(GenRecException.class)
        .hasMessageContainingAll("[GR/UnknownOutcome]", "\"lick\"", "like");
    assertThatThrownBy(() -> new ChunkRanking(new ChunkRanking.Config(LABELS, LONG, 16, 0), SCHEMA))
        .isInstanceOf(GenRecException.class)
        .hasMessageContainingAll("[GR/InvalidValue]", "up to 21 tokens", "at least 17");
    assertThatThrownBy(() -> new Outcomes.Choice("like", 0))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageStartingWith("weight");
    assertThatThrownBy(() -> new ChunkRanking.Config(LABELS, LONG, 0, 0))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageStartingWith("chunk");
    assertThatThrownBy(() -> new Outcomes(List.of(), List.of()))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageStartingWith("labels");
  }
}
