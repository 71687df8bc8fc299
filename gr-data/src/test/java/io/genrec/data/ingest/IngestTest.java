package io.genrec.data.ingest;

import static org.assertj.core.api.Assertions.assertThat;

import io.genrec.api.storage.VocabularyFile;
import io.genrec.data.DatasetFiles;
import io.genrec.data.DatasetInfo;
import io.genrec.data.SequenceDataset;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.memory.RootAllocator;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class IngestTest {
  private static final String CLICKS = "u,i,t\n10,7,30\n9,5,20\n10,5,10\n\n9,\"7\",20\n10,100,30\n";
  private static final String[] HISTORIES = {"9: 5@20 7@20", "10: 5@10 7@30 100@30"};

  @TempDir Path folder = Path.of("");
  private RawData raw = new RawData(Path.of(""));

  @BeforeEach
  void folder() {
    raw = new RawData(folder);
  }

  @Test
  void ordersByTimeAndKeepsTheFilesOrderOfTies() {
    raw.write("clicks.csv", CLICKS);
    DatasetInfo info = raw.run(RawData.csv("clicks.csv", ""), "out");
    assertThat(raw.histories("out")).containsExactly(HISTORIES);
    assertThat(info.counts()).isEqualTo(new DatasetInfo.Counts(2, 3, 5, 2, 2.5, 3));
    assertThat(info.tieRule()).contains("file and row");
    assertThat(DatasetInfo.read(folder.resolve("out"))).isEqualTo(info);
    assertThat(info.sources())
        .singleElement()
        .satisfies(
            source -> {
              assertThat(source.name()).isEqualTo("clicks.csv");
              assertThat(source.bytes()).isEqualTo(CLICKS.length());
              assertThat(source.sha256()).hasSize(64);
            });
    assertThat(info.mapping().as(DataMapping.class).item()).isEqualTo("i");
  }

  @Test
  void readsEveryFormat() throws Exception {
    raw.gzip("clicks.gz", CLICKS);
    raw.run(RawData.csv("clicks.gz", ""), "gzip");
    raw.write("crlf.csv", "\uFEFF" + CLICKS.replace("\n", "\r\n"));
    raw.run(RawData.csv("crlf.csv", ""), "crlf");
    String rows = CLICKS.substring(CLICKS.indexOf('\n') + 1).replace("\"", "");
    String mapping = RawData.csv("FILE", "").replace("'csv'", "'FORMAT', 'columns': ['u','i','t']");
    raw.write("clicks.tsv", rows.replace(',', '\t'));
    raw.run(mapping.replace("FILE", "clicks.tsv").replace("FORMAT", "tsv"), "tsv");
    raw.write("clicks.dat", rows.replace(",", "::"));
    raw.run(mapping.replace("FILE", "clicks.dat").replace("FORMAT", "double-colon"), "colons");
    raw.write("clicks.txt", rows.replace(",", "|"));
    raw.run(mapping.replace("FILE", "clicks.txt").replace("FORMAT", "pipe"), "pipe");
    raw.write(
        "clicks.jsonl",
        """
        {"u": 10, "i": "7", "t": 30, "x": [1]}

        {"u": 9, "i": "5", "t": 20}
        {"u": 10, "i": "5", "t": 10}
        {"u": 9, "i": 7, "t": 20}
        {"u": 10, "i": "100", "t": 30}
        """);
    raw.run(RawData.csv("clicks.jsonl", "").replace("'csv'", "'jsonl'"), "jsonl");
    try (Duck duck = Duck.open(256, 1, folder)) {
      Path parquet = folder.resolve("clicks.parquet");
      duck.execute(
          "COPY (SELECT * FROM (VALUES (10, '7', 30.0), (9, '5', 20), (10, '5', 10), (9, '7', 20),"
              + " (10, '100', 30)) v(u, i, t)) TO '"
              + parquet
              + "' (FORMAT parquet)");
    }
    raw.run(RawData.csv("clicks.parquet", "").replace("'csv'", "'parquet'"), "parquet");
    for (String output : List.of("gzip", "crlf", "tsv", "colons", "pipe", "jsonl", "parquet")) {
      assertThat(raw.histories(output)).as(output).containsExactly(HISTORIES);
    }
  }

  @Test
  void readsSeveralFilesAndStrangeNames() throws Exception {
    raw.write("a [1]*'.csv", "u,i,t\n1,a,5\n");
    raw.zip("z.zip", "in/b.csv", "t,u,i\n5,1,b\n");
    raw.run(RawData.csv("x", "").replace("'x'", "'z.zip!/in/b.csv', 'a [1]*\\u0027.csv'"), "out");
    assertThat(raw.histories("out")).containsExactly("1: b@5 a@5");
    assertThat(DatasetInfo.read(folder.resolve("out")).sources())
        .extracting(DatasetInfo.SourceFile::name)
        .containsExactly("z.zip", "a [1]*'.csv");
  }

  @Test
  void anOrderColumnDecidesTies() {
    raw.write("c.csv", "u,i,t,o\n1,a,5,3\n1,b,5,20\n1,c,5,1\n1,d,4,9\n");
    raw.run(RawData.csv("c.csv", "'order': 'o'"), "out");
    assertThat(raw.histories("out")).containsExactly("1: d@4 c@5 a@5 b@5");
  }

  @Test
  void timesOrderAtFullResolution() {
    raw.write("ms.csv", "u,i,t\n1,a,5900\n1,b,5100\n1,c,-1\n");
    raw.run(RawData.csv("ms.csv", "'timeUnit': 'ms'"), "ms");
    assertThat(raw.histories("ms")).containsExactly("1: c@-1 b@5 a@5");
    raw.write("s.csv", "u,i,t\n1,a,5.75\n1,b,5.5\n");
    raw.run(RawData.csv("s.csv", ""), "s");
    assertThat(raw.histories("s")).containsExactly("1: b@5 a@5");
    raw.write(
        "iso.csv",
        "u,i,t\n1,a,1970-01-02\n1,b,1970-01-01T01:00:00+01:00\n1,c,1970-01-01 00:00:07\n");
    raw.run(RawData.csv("iso.csv", "'timeUnit': 'iso'"), "iso");
    assertThat(raw.histories("iso")).containsExactly("1: b@0 c@7 a@86400");
  }

  @Test
  void idsThatAreNotAllIntegersOrderByBytes() {
    raw.write("c.csv", "u,i,t\n2,10,1\n010,9,2\n2,é,3\n2,z,4\n");
    raw.run(RawData.csv("c.csv", ""), "out");
    assertThat(raw.histories("out")).containsExactly("010: 9@2", "2: 10@1 é@3 z@4");
    try (BufferAllocator allocator = new RootAllocator()) {
      VocabularyFile items = SequenceDataset.vocabulary(folder.resolve("out"), "item", allocator);
      assertThat(List.of(items.row("10"), items.row("9"), items.row("z"), items.row("é")))
          .containsExactly(1, 2, 3, 4);
      assertThat(items.row("11")).isEqualTo(VocabularyFile.UNKNOWN);
    }
  }

  /** Users a,b,c; items 1..3. Counts: a=3, b=2, c=2; item 1=3, 2=3, 3=1. */
  private static final String CORE = "u,i,t\na,1,1\na,2,2\na,3,3\nb,1,1\nb,2,2\nc,1,1\nc,2,2\n";

  @Test
  void countsOnceUseTheSameEvents() {
    raw.write("c.csv", CORE + "d,3,1\nd,4,2\n");
    // One pass with 2/2: item 4 goes (1 event); d keeps its event on item 3 although it has one
    // left.
    DatasetInfo info = raw.run(RawData.csv("c.csv", "'minimum': {'users': 2, 'items': 2}"), "once");
    assertThat(raw.histories("once"))
        .containsExactly("a: 1@1 2@2 3@3", "b: 1@1 2@2", "c: 1@1 2@2", "d: 3@1");
    assertThat(info.filters()).extracting(DatasetInfo.Filter::removedEvents).containsExactly(1L);
    // Iterated: then d (1 event) goes, then item 3 (1 event).
    DatasetInfo core =
        raw.run(
            RawData.csv("c.csv", "'minimum': {'users': 2, 'items': 2, 'core': 'iterated'}"),
            "core");
    assertThat(raw.histories("core")).containsExactly("a: 1@1 2@2", "b: 1@1 2@2", "c: 1@1 2@2");
    assertThat(core.filters())
        .extracting(DatasetInfo.Filter::removedEvents)
        .containsExactly(1L, 1L, 1L, 0L);
  }

  @Test
  void keepsRatingsAndFeatures() {
    raw.write(
        "c.csv",
        "u,i,t,stars,act,watch\n1,a,1,4.5,view,0.25\n1,b,2,3,like,1\n1,c,3,5,,2\n2,a,1,4,view,3\n");
    raw.write("users.csv", "id,sex,age\n1,F,31\n3,X,9\n2,,\n");
    raw.write("items.csv", "id,name,genre\nb,Bee,x\na,\"A, the\",y\na,second,z\nq,unused,\n");
    raw.run(
        RawData.csv(
            "c.csv",
            "'rating': {'column': 'stars', 'minimum': 4}, 'features': [{'name': 'action', 'column':"
                + " 'act', 'kind': 'categorical'}, {'name': 'watch', 'kind': 'numeric'}], 'users':"
                + " {'source': {'files': ['users.csv'], 'format': 'csv'}, 'id': 'id', 'features':"
                + " [{'name': 'sex', 'kind': 'categorical'}, {'name': 'age', 'kind': 'numeric'}]},"
                + " 'items': {'source': {'files': ['items.csv'], 'format': 'csv'}, 'id': 'id',"
                + " 'title': 'name', 'columns': ['genre']}"),
        "out");
    Path out = folder.resolve("out");
    try (BufferAllocator allocator = new RootAllocator();
        SequenceDataset data = SequenceDataset.open(out, allocator, true)) {
      assertThat(raw.histories("out")).containsExactly("1: a@1 c@3", "2: a@1");
      assertThat(data.numeric("rating").get(0, 0)).isEqualTo(4.5f);
      assertThat(data.numeric("watch").get(0, 1)).isEqualTo(2f);
      VocabularyFile actions = SequenceDataset.vocabulary(out, "action", allocator);
      assertThat(actions.size()).isEqualTo(1);
      assertThat(actions.id(data.categorical("action").get(0, 0))).isEqualTo("view");
      assertThat(data.categorical("action").get(0, 1)).isZero();
      assertThat(data.userCategorical("sex", 0)).isEqualTo(1);
      assertThat(data.userCategorical("sex", 1)).isZero();
      assertThat(data.userNumeric("age", 0)).isEqualTo(31f);
      assertThat(data.userNumeric("age", 1)).isNaN();
      VocabularyFile items = data.itemVocabulary(allocator);
      assertThat(items.size()).isEqualTo(2);
      assertThat(items.title(1)).contains("A, the");
      assertThat(items.metadata("genre", 1)).contains("y");
      assertThat(items.title(2)).isEmpty();
      assertThat(items.count(1)).isEqualTo(2);
    }
  }

  @Test
  void duplicatesAreKeptOrReducedOnRequest() {
    raw.write("c.csv", "u,i,t,w\n1,a,5,1\n1,b,5,2\n1,a,5,3\n1,a,6,4\n");
    raw.run(RawData.csv("c.csv", "'duplicates': 'keep'"), "keep");
    assertThat(raw.histories("keep")).containsExactly("1: a@5 b@5 a@5 a@6");
    raw.run(RawData.csv("c.csv", "'duplicates': 'first'"), "first");
    assertThat(raw.histories("first")).containsExactly("1: a@5 b@5 a@6");
  }

  @Test
  void twoRunsGiveTheSameBytes() throws Exception {
    StringBuilder csv = new StringBuilder("u,i,t,c\n");
    for (int row = 0; row < 40_000; row++) {
      csv.append(row * 7919 % 5000).append(',').append(row * 31 % 997).append(',');
      csv.append(row / 100).append(",k").append(row % 13).append('\n');
    }
    raw.write("c.csv", csv.toString());
    String mapping =
        RawData.csv(
            "c.csv", "'duplicates': 'keep', 'features': [{'name': 'c', 'kind': 'categorical'}]");
    DatasetInfo one = raw.run(mapping, "one");
    DatasetInfo two = raw.ingest(mapping).threads(2).memory(64).run(folder.resolve("two"));
    assertThat(two.contentHash()).isEqualTo(one.contentHash()).hasSize(64);
    assertThat(two).isEqualTo(one);
    for (String file : List.of(DatasetFiles.SEQUENCES, DatasetFiles.INFO, "vocabulary-c.arrow")) {
      assertThat(folder.resolve("two").resolve(file))
          .hasSameBinaryContentAs(folder.resolve("one").resolve(file));
    }
    assertThat(one.counts().users()).isEqualTo(5000);
    assertThat(raw.histories("one")).hasSize(5000);
  }

  @Test
  void continuingKeepsRows() {
    raw.write("old.csv", "u,i,t\n1,20,1\n1,30,2\n");
    raw.write("new.csv", "u,i,t\n1,30,1\n1,10,2\n1,40,3\n");
    DatasetInfo old = raw.run(RawData.csv("old.csv", ""), "old");
    DatasetInfo info =
        raw.ingest(RawData.csv("new.csv", ""))
            .continuing(folder.resolve("old"))
            .run(folder.resolve("new"));
    assertThat(info.previous()).isEqualTo(old.contentHash());
    try (BufferAllocator allocator = new RootAllocator()) {
      VocabularyFile items = SequenceDataset.vocabulary(folder.resolve("new"), "item", allocator);
      assertThat(List.of(items.id(1), items.id(2), items.id(3), items.id(4)))
          .containsExactly("20", "30", "10", "40");
      assertThat(items.count(1)).isZero();
    }
    assertThat(raw.histories("new")).containsExactly("1: 30@1 10@2 40@3");
  }

  @Test
  void tellsItsSteps() {
    raw.write("c.csv", CLICKS);
    List<Progress> steps = new ArrayList<>();
    raw.ingest(RawData.csv("c.csv", "")).progress(steps::add).run(folder.resolve("out"));
    assertThat(steps).extracting(Progress::done).containsExactly(0, 1, 2, 3, 4, 5);
    assertThat(steps).allSatisfy(step -> assertThat(step.steps()).isEqualTo(6));
    assertThat(steps.get(0).step()).isEqualTo("reading c.csv");
  }

  @Test
  void overwritesOnlyDataSetsAndLeavesNothingBeside() throws Exception {
    raw.write("c.csv", CLICKS);
    raw.run(RawData.csv("c.csv", ""), "out");
    raw.write("d.csv", "u,i,t\n1,a,1\n");
    raw.ingest(RawData.csv("d.csv", "")).overwrite(true).run(folder.resolve("out"));
    assertThat(raw.histories("out")).containsExactly("1: a@1");
    try (Stream<Path> left = Files.list(folder)) {
      assertThat(left.map(path -> path.getFileName().toString()))
          .containsExactlyInAnyOrder("c.csv", "d.csv", "out");
    }
  }

  @Test
  void readsLatin1() throws IOException {
    raw.write("c.dat", "1::Léon::3\n".getBytes(StandardCharsets.ISO_8859_1));
    raw.run(
        "{'name': 'd', 'events': {'files': ['c.dat'], 'format': 'double-colon', 'columns': ['u', 'i',"
            + " 't'], 'encoding': 'latin-1'}, 'user': 'u', 'item': 'i', 'time': 't'}",
        "out");
    assertThat(raw.histories("out")).containsExactly("1: Léon@3");
  }
}
