package io.genrec.data.ingest;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.data.Offset.offset;

import io.genrec.api.sequence.Fields;
import io.genrec.api.sequence.History;
import io.genrec.api.sequence.Schema.Owner;
import io.genrec.api.task.EvaluationCase;
import io.genrec.api.task.RankingCase;
import io.genrec.data.DatasetInfo;
import io.genrec.data.DatasetSplit;
import io.genrec.data.DayHistories;
import io.genrec.data.FittedFields;
import io.genrec.data.ImpressionQuestions;
import io.genrec.data.SequenceDataset;
import io.genrec.data.Split;
import io.genrec.data.SplitQuestions;
import io.genrec.data.TrainingHistories;
import io.genrec.data.baseline.SmoothedRates;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.memory.RootAllocator;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Slower-changing series stand among the events by time, and are no targets. */
class SeriesIngestTest {
  private static final String LOG =
      """
      u,i,t,click,watch
      1,a,1000,1,2
      1,b,1000,0,3
      1,c,2500,1,4
      1,d,3000,0,5
      2,a,2000,1,6
      2,b,4000,0,7
      """;

  /** At 1000 and 2500 with events, at 2600 between, at 9000 after all; user 3 has no event. */
  private static final String FOLLOWS =
      """
      user,creator,at
      1,zoe,1000
      1,zoe,1200
      1,yan,2500
      1,zoe,2600
      1,xia,9000
      2,yan,9000
      3,wim,1
      """;

  private static final String MAPPING =
      RawData.csv(
              "log.csv",
              "'actions': {'names': ['click']},"
                  + "'features': [{'name': 'watch', 'kind': 'numeric'}],"
                  + "'series': [{'name': 'follows', 'value': 'creator', 'user': 'user',"
                  + "  'time': 'at', 'source': {'files': ['follows.csv'], 'format': 'csv'}},"
                  + " {'name': 'device', 'user': 'user',"
                  + "  'source': {'files': ['devices.csv'], 'format': 'csv'}}]")
          .replace("'time': 't'", "'time': 't', 'timeUnit': 'ms'");

  private final BufferAllocator memory = new RootAllocator();
  private final List<SequenceDataset> open = new ArrayList<>();
  @TempDir Path folder = Path.of("");
  private RawData raw = new RawData(Path.of(""));

  @BeforeEach
  void files() {
    raw = new RawData(folder);
    raw.write("log.csv", LOG);
    raw.write("follows.csv", FOLLOWS);
    raw.write("devices.csv", "user,device\n1,phone\n1,desk\n");
  }

  @AfterEach
  void close() {
    open.forEach(SequenceDataset::close);
    memory.close();
  }

  private SequenceDataset data() {
    raw.run(MAPPING, "out");
    SequenceDataset data = SequenceDataset.open(folder.resolve("out"), memory, true);
    open.add(data);
    return data;
  }

  /** Raw values in order, such as {@code a} or {@code follows=zoe}. */
  private String shown(SequenceDataset data, History history) {
    List<String> values = new ArrayList<>();
    for (int event = 0; event < history.size(); event++) {
      StringBuilder value = new StringBuilder();
      int item = history.category("item", event);
      if (item != 0) {
        value.append(data.itemVocabulary(memory).id(item));
      }
      for (String series : List.of("follows", "device")) {
        int row = history.category(series, event);
        if (row != 0) {
          value.append(series).append('=').append(data.vocabulary(series, memory).id(row));
        }
      }
      values.add(value.toString());
    }
    return String.join(" ", values);
  }

  @Test
  void entriesFollowAllEventsOfTheirTimeAndUntimedOnesComeFirst() {
    SequenceDataset data = data();
    History one = data.history(0);
    assertThat(shown(data, one))
        .isEqualTo(
            "device=phone device=desk a b follows=zoe c follows=yan follows=zoe d follows=xia");
    assertThat(IntStream.range(0, 10).mapToLong(one::time))
        .containsExactly(History.NO_TIME, History.NO_TIME, 1L, 1L, 1L, 2L, 2L, 2L, 3L, 9L);
    // a and b are one moment; each entry is one of its own.
    assertThat(IntStream.range(0, 10).map(one::moment))
        .containsExactly(0, 1, 2, 2, 3, 4, 5, 6, 7, 8);
    assertThat(IntStream.range(0, 10).map(event -> one.category("actions", event)))
        .containsExactly(0, 0, 1, 0, 0, 1, 0, 0, 0, 0);
    assertThat(one.number("watch", 4)).isNaN();
    assertThat(shown(data, data.history(1))).isEqualTo("a b follows=yan");
    assertThat(data.users()).isEqualTo(2);
    assertThat(data.info().counts().items()).isEqualTo(4);
    assertThat(data.info().counts().events()).isEqualTo(13);
    assertThat(data.itemVocabulary(memory).count(1)).isEqualTo(2);
    DatasetInfo.Field follows = data.info().field("follows");
    assertThat(follows.owner()).isEqualTo(Owner.SERIES);
    // What only users without events follow is in no vocabulary.
    assertThat(follows.rows()).isEqualTo(3);
  }

  @Test
  void repeatedValuesMayBeKept() {
    raw.run(MAPPING.replace("'time': 'at',", "'time': 'at', 'keep': 'all',"), "all");
    try (SequenceDataset data = SequenceDataset.open(folder.resolve("all"), memory, true)) {
      assertThat(shown(data, data.history(0)))
          .isEqualTo(
              "device=phone device=desk a b follows=zoe follows=zoe c follows=yan follows=zoe d"
                  + " follows=xia");
    }
  }

  /** A series may have its own unit of time. */
  @Test
  void aSeriesMayCountTimeOtherwise() {
    assertThat(shownWith("s", "1,zoe,1", "1,yan,2.6"))
        .isEqualTo("device=phone device=desk a b follows=zoe c follows=yan d");
  }

  /** What the first user's history shows with other entries, whose times are in a unit. */
  private String shownWith(String unit, String... entries) {
    raw.write("follows.csv", "user,creator,at\n" + String.join("\n", entries) + "\n");
    raw.run(MAPPING.replace("'time': 'at',", "'time': 'at', 'timeUnit': '" + unit + "',"), "other");
    try (SequenceDataset data = SequenceDataset.open(folder.resolve("other"), memory, true)) {
      return shown(data, data.history(0));
    }
  }

  /** An entry is seen only when it is sure to have happened: after the smallest unit it names. */
  @ParameterizedTest
  @CsvSource({
    "s, 2, a b c follows=yan d", // 2.5 s is within, 3 s is not
    "s, 2.0, a b c follows=yan d",
    "s, 2.4, a b follows=yan c d",
    "s, 2.45, a b follows=yan c d",
    "s, 2.5, a b c follows=yan d",
    "ms, 2499, a b follows=yan c d",
    "ms, 2500, a b c follows=yan d",
    "iso, 1970-01-01, a b c d follows=yan",
    "iso, 1969-12-31, follows=yan a b c d",
    "iso, 1970-01-01 00:00, a b c d follows=yan",
    "iso, 1969-12-31T23:59, follows=yan a b c d",
    "iso, 1970-01-01T00:00:02Z, a b c follows=yan d",
    "iso, 1970-01-01T00:00:02.4Z, a b follows=yan c d",
    "iso, 1970-01-01T00:00:02.499+00:00, a b follows=yan c d",
    "iso, 1970-01-01T08:00:01+08:00, a b follows=yan c d",
  })
  void coarseTimesAreOverBeforeTheirEntriesAreSeen(String unit, String at, String shown) {
    assertThat(shownWith(unit, "1,yan," + at)).isEqualTo("device=phone device=desk " + shown);
  }

  /** An entry of a coarse time holds up those after it, whatever their order in the file. */
  @ParameterizedTest
  @CsvSource({
    "s, 2|2.4, a b c follows=yan follows=xia d",
    "s, 2.4|2, a b c follows=xia follows=yan d",
    "s, 2.4|2.8, a b follows=yan c follows=xia d",
    "iso, 1970-01-01T00:00:02Z|1970-01-01T00:00:02.400Z, a b c follows=yan follows=xia d",
    "iso, 1970-01-01|1970-01-01T00:00:02Z, a b c d follows=yan follows=xia",
  })
  void entriesKeepTheOrderOfTheirTimes(String unit, String times, String shown) {
    String[] at = times.split("\\|");
    assertThat(shownWith(unit, "1,yan," + at[0], "1,xia," + at[1]))
        .isEqualTo("device=phone device=desk " + shown);
  }

  @Test
  void targetsAreItemsAndHistoriesHaveTheEntries() {
    SequenceDataset data = data();
    assertThat(asked(Split.strict().of(data), Split.Part.VALIDATION))
        .containsExactly("device=phone device=desk a b follows=zoe > c");
    assertThat(asked(Split.strict().of(data), Split.Part.TEST))
        .containsExactly("device=phone device=desk a b follows=zoe c follows=yan follows=zoe > d");
    DatasetSplit strict = Split.strict().of(data);
    assertThat(shown(data, new TrainingHistories(strict).get(0)))
        .isEqualTo("device=phone device=desk a b follows=zoe");
    assertThat(asked(Split.meta().of(data), Split.Part.TEST))
        .containsExactly(
            "device=phone device=desk a b follows=zoe c follows=yan follows=zoe > d", "a > b");
    // The second that the cut falls into has an entry before the first event.
    assertThat(asked(Split.temporal(3).of(data), Split.Part.TEST))
        .containsExactly(
            "device=phone device=desk a b follows=zoe c follows=yan follows=zoe > d", "a > b");
    // Untimed entries are no earlier events: user 1 has none before the cut either.
    assertThat(asked(Split.users(1).of(data), Split.Part.TEST)).hasSize(2);
    assertThat(Split.strict().of(data).popularity()).containsExactly(0, 1, 1, 0, 0);
  }

  /** Who has entries and one item is as unknown as who has one item. */
  @Test
  void entriesAloneAreNoHistoryOfAUserWhoIsHeldOut() {
    raw.write("log.csv", LOG + "3,a,2000,1,6\n");
    raw.write("devices.csv", "user,device\n1,phone\n3,desk\n");
    assertThat(asked(Split.users(1).of(data()), Split.Part.TEST)).hasSize(2);
  }

  @Test
  void aDayIsLearnedFromByThoseWhoHaveItemsInIt() {
    SequenceDataset data = data();
    assertThat(new DayHistories(data, 2, 3).size()).isEqualTo(2);
    assertThat(new DayHistories(data, 3, 4).size()).isEqualTo(1);
    // Both have an entry then, and nothing else.
    assertThat(new DayHistories(data, 9, 10).size()).isZero();
  }

  @Test
  void aSeriesMayHaveNoEntries() {
    raw.write("follows.csv", "user,creator,at\n3,zoe,5\n");
    SequenceDataset data = data();
    assertThat(data.info().field("follows").rows()).isZero();
    assertThat(shown(data, data.history(0))).isEqualTo("device=phone device=desk a b c d");
  }

  private List<String> asked(DatasetSplit split, Split.Part part) {
    SequenceDataset data = split.data();
    SplitQuestions questions = new SplitQuestions(split, part);
    return IntStream.range(0, questions.size())
        .mapToObj(
            i -> {
              EvaluationCase question = questions.get(i);
              String target = data.itemVocabulary(memory).id(question.target());
              return shown(data, question.history()) + " > " + target;
            })
        .toList();
  }

  @Test
  void impressionsAreNoEntries() {
    SequenceDataset data = data();
    DatasetSplit split = Split.impressions(2, 3).of(data);
    ImpressionQuestions test = new ImpressionQuestions(split, Split.Part.TEST, false);
    assertThat(
            IntStream.range(0, test.size())
                .mapToObj(
                    i -> {
                      RankingCase question = test.get(i);
                      return shown(data, question.history())
                          + " > "
                          + shown(data, question.impressions());
                    }))
        .containsExactly(
            "device=phone device=desk a b follows=zoe c follows=yan follows=zoe > d", "a > b");
    // Before the test period 3 of 4 impressions were clicked; entries are none.
    float[] rates = SmoothedRates.fit(split, "click").score(test);
    double overall = Math.log(0.75 / 0.25);
    double user = odds(2, 3) - overall;
    assertThat((double) rates[0]).isCloseTo(overall + user, offset(1e-6));
  }

  private static double odds(int taken, int shown) {
    double rate = (taken + 10 * 0.75) / (shown + 10);
    return Math.log(rate / (1 - rate));
  }

  @Test
  void entriesKeepTheirPlacesWhereTiesAreShuffled() {
    SequenceDataset data = data();
    boolean changed = false;
    for (int seed = 0; seed < 10; seed++) {
      try (SequenceDataset shuffled = data.shuffleTies(seed, memory)) {
        String order = shown(shuffled, shuffled.history(0));
        assertThat(order)
            .isIn(
                "device=phone device=desk a b follows=zoe c follows=yan follows=zoe d follows=xia",
                "device=phone device=desk b a follows=zoe c follows=yan follows=zoe d follows=xia");
        changed |= order.contains("b a");
      }
    }
    assertThat(changed).isTrue();
  }

  @Test
  void modelsAreOfferedTheSeries() {
    Fields fields = FittedFields.of(Split.strict().of(data()));
    assertThat(fields.categories())
        .contains(
            new Fields.Category("follows", 3, Owner.SERIES),
            new Fields.Category("device", 2, Owner.SERIES));
  }

  /** A continued data set keeps the rows of values; new ones follow. */
  @Test
  void rowsOfValuesStay() {
    raw.run(MAPPING, "out");
    raw.write("follows.csv", "user,creator,at\n1,abe,1000\n1,zoe,2600\n");
    raw.ingest(MAPPING).continuing(folder.resolve("out")).run(folder.resolve("later"));
    try (SequenceDataset data = SequenceDataset.open(folder.resolve("later"), memory, true)) {
      assertThat(data.vocabulary("follows", memory).row("zoe")).isEqualTo(3);
      assertThat(data.vocabulary("follows", memory).row("abe")).isEqualTo(4);
    }
  }

  @Test
  void badSeriesAreRefused() {
    raw.refused("InvalidValue", MAPPING.replace("'name': 'device'", "'name': 'follows'"))
        .hasMessageContaining("\"follows\" twice");
    raw.refused("InvalidValue", MAPPING.replace("'name': 'device'", "'name': 'time'"))
        .hasMessageContaining("\"time\"");
    raw.refused(
            "InvalidValue",
            MAPPING.replace("'name': 'device',", "'name': 'device', 'timeUnit': 's',"))
        .hasMessageContaining("timeUnit");
    raw.refused("MissingColumn", MAPPING.replace("'value': 'creator'", "'value': 'creater'"))
        .hasMessageContainingAll("follows.csv", "creater", "creator");
    raw.write("follows.csv", "user,creator,at\n1,zoe,noon\n");
    raw.refused("UnparsableRow", MAPPING)
        .hasMessageContainingAll("follows.csv line 2", "noon", "\"at\"");
    raw.write("follows.csv", "user,creator,at\n1,,5\n");
    raw.refused("UnparsableRow", MAPPING)
        .hasMessageContainingAll("follows.csv line 2", "\"creator\"");
  }
}
