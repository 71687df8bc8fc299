package io.genrec.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.data.Offset.offset;

import io.genrec.api.GenRecException;
import io.genrec.api.config.StrictConfig;
import io.genrec.api.sequence.Fields;
import io.genrec.api.sequence.History;
import io.genrec.api.task.RankingCase;
import io.genrec.data.baseline.SmoothedRates;
import io.genrec.data.ingest.DataMapping;
import io.genrec.data.ingest.Ingest;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.IntStream;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.memory.RootAllocator;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Splits in time whose every event is a question. */
class ImpressionsTest {
  private static final String LOG =
      """
      u,i,t,tab,click,seconds
      1,a,10000,p,1,10
      1,b,20000,q,0,20
      1,a,30500,p,1,30
      1,c,30500,p,0,40
      1,b,30900,q,1,50
      1,d,40000,p,1,99
      2,a,40000,q,0,99
      3,c,10000,p,0,60
      """;

  private static final String MAPPING =
      """
      {"name": "shown", "events": {"files": ["log.csv"], "format": "csv"},
       "user": "u", "item": "i", "time": "t", "timeUnit": "ms",
       "features": [{"name": "seconds", "kind": "numeric"}],
       "context": [{"name": "tab", "kind": "categorical"}],
       "actions": {"names": ["click"]}}
      """;

  private final BufferAllocator memory = new RootAllocator();
  private final List<SequenceDataset> open = new ArrayList<>();
  @TempDir Path folder = Path.of("");

  @BeforeEach
  void ingest() throws IOException {
    Files.writeString(folder.resolve("log.csv"), LOG);
    DataMapping mapping = StrictConfig.parse("mapping", MAPPING).as(DataMapping.class);
    Ingest.of(mapping, folder).threads(1).run(folder.resolve("out"));
  }

  @AfterEach
  void close() {
    open.forEach(SequenceDataset::close);
    memory.close();
  }

  private DatasetSplit split() {
    SequenceDataset data = SequenceDataset.open(folder.resolve("out"), memory, true);
    open.add(data);
    return Split.impressions(30, 40).of(data);
  }

  private static List<String> shown(ImpressionQuestions questions) {
    List<String> shown = new ArrayList<>();
    for (int i = 0; i < questions.size(); i++) {
      RankingCase question = questions.get(i);
      shown.add(
          question.user()
              + "@"
              + question.at()
              + ": "
              + question.history().size()
              + " then "
              + question.impressions().size());
    }
    return shown;
  }

  @Test
  void everyMomentOfAPeriodIsAQuestionAfterAllEarlierOnes() {
    DatasetSplit split = split();
    // a and c of one millisecond do not see each other; b, in the same second, sees both.
    assertThat(shown(new ImpressionQuestions(split, Split.Part.VALIDATION, false)))
        .containsExactly("0@30: 2 then 2", "0@30: 4 then 1");
    assertThat(shown(new ImpressionQuestions(split, Split.Part.TEST, false)))
        .containsExactly("0@40: 5 then 1", "1@40: 0 then 1");
    assertThat(shown(new ImpressionQuestions(split, Split.Part.VALIDATION, true)))
        .containsExactly("0@30: 2 then 2", "0@30: 2 then 1");
    RankingCase first = new ImpressionQuestions(split, Split.Part.VALIDATION, false).get(0);
    assertThat(first.impressions().category("item", 1)).isEqualTo(3);
  }

  @Test
  void trainingEndsWhereValidationBegins() {
    DatasetSplit split = split();
    assertThat(split.trainEnd(0)).isEqualTo(2);
    assertThat(split.users(Split.Part.TEST)).isEmpty();
    assertThat(new TrainingHistories(split, 1).size()).isEqualTo(2);
    assertThat(new TrainingHistories(split).size()).isEqualTo(1);
    assertThat(split.splitHash())
        .isNotEqualTo(Split.impressions(20, 40).of(split.data()).splitHash());
  }

  @Test
  void numbersAreFittedOnTrainingEventsAlone() {
    Fields fields = FittedFields.of(split());
    assertThat(fields.actions()).containsExactly("click");
    assertThat(fields.values()).containsEntry("item", 4).containsEntry("tab", 2);
    Fields.Numeric seconds = fields.numbers().get(0);
    // 10, 20 and 60 are training events.
    assertThat(seconds.mean()).isCloseTo(30, offset(1e-9));
    assertThat(seconds.deviation()).isCloseTo(Math.sqrt(1400.0 / 3), offset(1e-9));
    assertThat(seconds.quantiles()).containsExactly(10.0, 20.0, 60.0);
  }

  @Test
  void smoothedRatesAddTheOddsOfUserItemAndContext() {
    DatasetSplit split = split();
    SmoothedRates rates = SmoothedRates.fit(split, "click");
    float[] scores = rates.score(new ImpressionQuestions(split, Split.Part.TEST, false));
    // Before the test period: 6 impressions, 3 clicks.
    double overall = 0.5;
    double user = odds(3, 5, overall);
    double itemD = odds(0, 0, overall);
    double pageP = odds(2, 4, overall);
    assertThat((double) scores[0]).isCloseTo(odds(overall) + user + itemD + pageP, offset(1e-6));
    assertThat((double) scores[1])
        .isCloseTo(
            odds(overall) + odds(0, 0, overall) + odds(2, 2, overall) + odds(1, 2, overall),
            offset(1e-6));
    assertThatThrownBy(() -> SmoothedRates.fit(split, "clack"))
        .isInstanceOf(GenRecException.class)
        .hasMessageContainingAll("[GR/UnknownOutcome]", "did you mean \"click\"");
  }

  @Test
  void theRateOfAUserFollowsTheHistoryThatAQuestionShows() {
    SequenceDataset data = SequenceDataset.open(folder.resolve("out"), memory, true);
    open.add(data);
    DatasetSplit split = Split.impressions(30, 30).of(data);
    SmoothedRates rates = SmoothedRates.fit(split, "click");
    // Before the test period: 3 impressions, 1 click; none of 1 of b, none of 1 on page q.
    double overall = 1 / 3.0;
    double rest = odds(overall) + 2 * odds(0, 1, overall);
    // The third question is b, after 4 impressions and 2 clicks of its user, 2 and 1 of them early.
    double following = rates.score(new ImpressionQuestions(split, Split.Part.TEST, false))[2];
    double frozen = rates.score(new ImpressionQuestions(split, Split.Part.TEST, true))[2];
    assertThat(following).isCloseTo(rest + odds(2, 4, overall), offset(1e-6));
    assertThat(frozen).isCloseTo(rest + odds(1, 2, overall), offset(1e-6));
  }

  /** Who never, or always, acted before the test period gives no reason to be sure. */
  @ParameterizedTest
  @ValueSource(strings = {"0", "1"})
  void whatNeverOrAlwaysHappenedHasARateAllTheSame(String click) throws IOException {
    String clicked = LOG.replaceAll(",[01],([0-9]+)\n", "," + click + ",$1\n");
    Files.writeString(folder.resolve("log.csv"), clicked);
    DataMapping mapping = StrictConfig.parse("mapping", MAPPING).as(DataMapping.class);
    Ingest.of(mapping, folder).threads(1).run(folder.resolve("one-sided"));
    SequenceDataset data = SequenceDataset.open(folder.resolve("one-sided"), memory, true);
    open.add(data);
    DatasetSplit split = Split.impressions(30, 40).of(data);
    float[] scores =
        SmoothedRates.fit(split, "click")
            .score(new ImpressionQuestions(split, Split.Part.TEST, false));
    assertThat(scores).hasSize(2);
    for (float score : scores) {
      assertThat(score).isFinite();
      assertThat(score > 0).isEqualTo(click.equals("1"));
    }
  }

  /** What the log parts stays parted, within one second too. */
  @Test
  void shuffledTiesAreThoseOfOneMoment() {
    SequenceDataset data = split().data();
    assertThat(IntStream.range(0, 6).filter(event -> data.tied(0, event))).containsExactly(3);
    Set<List<Integer>> orders = new HashSet<>();
    for (int seed = 0; seed < 30; seed++) {
      try (SequenceDataset shuffled = data.shuffleTies(seed, memory)) {
        History history = shuffled.history(0);
        orders.add(
            IntStream.range(0, 6).mapToObj(event -> history.category("item", event)).toList());
        assertThat(IntStream.range(0, 6).map(history::moment)).containsExactly(0, 1, 2, 2, 3, 4);
      }
    }
    // a and c of one millisecond change places; b, in the same second, is after both.
    int a = data.item(0, 0);
    int b = data.item(0, 1);
    int c = data.item(0, 3);
    int d = data.item(0, 5);
    assertThat(orders)
        .containsExactlyInAnyOrder(List.of(a, b, a, c, b, d), List.of(a, b, c, a, b, d));
  }

  private static double odds(double rate) {
    return Math.log(rate / (1 - rate));
  }

  private static double odds(int clicks, int shown, double overall) {
    return odds((clicks + 10 * overall) / (shown + 10)) - odds(overall);
  }

  @Test
  void cutsMustFitTheProtocol() {
    assertThatThrownBy(() -> Split.impressions(5, 4))
        .isInstanceOf(GenRecException.class)
        .hasMessageContaining("validation begins at 5");
    assertThatThrownBy(() -> new Split(Split.Protocol.STRICT, 0, 3))
        .isInstanceOf(GenRecException.class)
        .hasMessageContaining("only for the protocol impressions");
  }

  @Test
  void outcomesOfAHistoryAreThoseOfItsEvents() {
    History history = split().data().history(0);
    assertThat(history.category("actions", 0)).isEqualTo(1);
    assertThat(history.slice(1, 3).category("actions", 0)).isZero();
    assertThat(history.slice(1, 3).number("seconds", 1)).isEqualTo(30);
  }
}
