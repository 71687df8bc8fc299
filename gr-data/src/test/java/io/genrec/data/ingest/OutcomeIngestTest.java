package io.genrec.data.ingest;

import static org.assertj.core.api.Assertions.assertThat;

import io.genrec.api.sequence.History;
import io.genrec.api.sequence.Schema.Owner;
import io.genrec.data.DatasetInfo;
import io.genrec.data.DatasetInfo.Kind;
import io.genrec.data.SequenceDataset;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.memory.RootAllocator;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Actions, context, attributes of items and what users did before. */
class OutcomeIngestTest {
  private static final String ACTIONS = "'actions': {'names': ['click', 'like']}";

  @TempDir Path folder = Path.of("");
  private RawData raw = new RawData(Path.of(""));

  @BeforeEach
  void folder() {
    raw = new RawData(folder);
  }

  private void shop() {
    raw.write(
        "log.csv",
        """
        u,i,t,tab,click,like,watch
        7,a,1500,x,1,0,2.5
        7,b,1500,y,0,1,0
        7,a,1700,x,1,1,9
        8,c,900,,0,0,1
        """);
    raw.write("items.csv", "id,author,minutes\na,ann,10\nb,bob,\nz,zoe,99\n");
    raw.write("users.csv", "id,age\n7,old\n8,\n");
    raw.write("past.csv", "u,watched,liked\n7,\"[d, a]\",[a]\n9,\"[a]\",\n");
  }

  private static String mapping(String more) {
    return RawData.csv("log.csv", more).replace("'time': 't'", "'time': 't', 'timeUnit': 'ms'");
  }

  private static String whole() {
    return mapping(
        "'context': [{'name': 'tab', 'kind': 'categorical'}],"
            + "'features': [{'name': 'watch', 'kind': 'numeric'}],"
            + "'items': {'source': {'files': ['items.csv'], 'format': 'csv'}, 'id': 'id',"
            + "  'features': [{'name': 'author', 'kind': 'categorical'},"
            + "               {'name': 'minutes', 'kind': 'numeric'}]},"
            + "'users': {'source': {'files': ['users.csv'], 'format': 'csv'}, 'id': 'id',"
            + "  'features': [{'name': 'age', 'kind': 'categorical'}]},"
            + "'earlier': {'source': {'files': ['past.csv'], 'format': 'csv'}, 'user': 'u',"
            + "  'items': 'watched', 'flags': {'like': 'liked'}, 'always': ['click']},"
            + ACTIONS);
  }

  private static List<Integer> categories(History history, String feature) {
    return IntStream.range(0, history.size())
        .map(event -> history.category(feature, event))
        .boxed()
        .toList();
  }

  private static List<Float> numbers(History history, String feature) {
    List<Float> numbers = new ArrayList<>();
    for (int event = 0; event < history.size(); event++) {
      numbers.add(history.number(feature, event));
    }
    return numbers;
  }

  @Test
  void earlierItemsStandInFrontWithoutTimesAndOutcomesAreBits() {
    shop();
    raw.run(whole(), "out");
    long none = History.NO_TIME;
    assertThat(raw.histories("out"))
        .containsExactly("7: d@" + none + " a@" + none + " a@1 b@1 a@1", "8: c@0");
    try (BufferAllocator memory = new RootAllocator();
        SequenceDataset data = SequenceDataset.open(folder.resolve("out"), memory, true)) {
      History seven = data.history(0);
      assertThat(categories(seven, "actions")).containsExactly(1, 3, 1, 2, 3);
      assertThat(numbers(seven, "watch")).containsExactly(Float.NaN, Float.NaN, 2.5f, 0f, 9f);
      // x, y; earlier events have no page.
      assertThat(categories(seven, "tab")).containsExactly(0, 0, 1, 2, 1);
      // ann, bob; nothing is known of d, whose author is nobody's. Zoe has no events.
      assertThat(categories(seven, "author")).containsExactly(0, 1, 1, 2, 1);
      assertThat(numbers(seven, "minutes")).containsExactly(Float.NaN, 10f, 10f, Float.NaN, 10f);
      assertThat(data.vocabulary("author", memory).size()).isEqualTo(2);
      // Half a second apart is another moment; equal milliseconds are one.
      assertThat(IntStream.range(0, 5).map(seven::moment)).containsExactly(0, 1, 2, 2, 3);
      assertThat(seven.slice(3, 5).moment(1) - seven.slice(3, 5).moment(0)).isEqualTo(1);
      assertThat(seven.user("age")).isEqualTo(1);
      assertThat(data.history(1).user("age")).isZero();
      assertThat(data.info().field("tab").owner()).isEqualTo(Owner.REQUEST);
      assertThat(data.info().field("author").owner()).isEqualTo(Owner.ITEM);
      assertThat(data.info().field("watch").owner()).isEqualTo(Owner.EVENT);
      assertThat(data.info().field("age").owner()).isEqualTo(Owner.USER);
      assertThat(data.info().field("actions").kind()).isEqualTo(Kind.ACTIONS);
      assertThat(data.info().field("actions").names()).containsExactly("click", "like");
    }
  }

  @Test
  void oneColumnMayHoldAllActions() {
    raw.write("log.csv", "u,i,t,what\n1,a,1,2\n1,b,2,3\n1,c,3,0\n");
    String bitmask = ACTIONS.replace("]}", "], 'bitmask': 'what'}");
    raw.run(mapping(bitmask), "out");
    try (BufferAllocator memory = new RootAllocator();
        SequenceDataset data = SequenceDataset.open(folder.resolve("out"), memory, true)) {
      assertThat(categories(data.history(0), "actions")).containsExactly(2, 3, 0);
    }
    raw.write("log.csv", "u,i,t,what\n1,a,1,2\n1,b,2,4\n");
    raw.refused("UnparsableRow", mapping(bitmask))
        .hasMessageContainingAll("log.csv line 3", "\"4\"", "sum of 2^i", "click, like");
  }

  @Test
  void badActionCodesAreRefused() {
    raw.write("log.csv", "u,i,t,click,like\n1,a,1,0,1\n1,b,2,2,0\n");
    raw.refused("UnparsableRow", mapping(ACTIONS))
        .hasMessageContainingAll("log.csv line 3", "\"2\"", "0 or 1", "\"click\"");
  }

  @Test
  void actionsMustFitTogether() {
    raw.write("log.csv", "u,i,t,click,like\n1,a,1,0,1\n");
    raw.refused("InvalidValue", mapping("'actions': {'names': ['a', 'a']}"))
        .hasMessageContaining("1 to 30 different ones");
    raw.refused("InvalidValue", mapping("'actions': {'names': ['a', 'b'], 'columns': ['x']}"))
        .hasMessageContaining("one for each name");
    raw.refused(
            "InvalidValue",
            mapping(
                ACTIONS
                    + ", 'earlier': {'source': {'files': ['p.csv'], 'format': 'csv'},"
                    + " 'user': 'u', 'items': 'w', 'always': ['buy']}"))
        .hasMessageContainingAll("[buy]", "[click, like]");
    raw.refused(
            "InvalidValue",
            mapping(
                "'features': [{'name': 'x', 'kind': 'numeric'}],"
                    + "'context': [{'name': 'x', 'kind': 'numeric'}]"))
        .hasMessageContaining("\"x\" twice");
  }

  @Test
  void dataWithoutActionsHasNoMoments() {
    raw.write("log.csv", "u,i,t\n1,a,1\n1,b,1\n");
    DatasetInfo info = raw.run(mapping(""), "out");
    assertThat(info.fields()).extracting(DatasetInfo.Field::name).containsExactly("item", "time");
  }
}
