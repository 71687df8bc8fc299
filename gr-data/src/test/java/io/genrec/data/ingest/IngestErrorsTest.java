package io.genrec.data.ingest;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.SQLException;
import java.util.Arrays;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class IngestErrorsTest {
  @TempDir Path folder = Path.of("");
  private RawData raw = new RawData(Path.of(""));

  @BeforeEach
  void folder() {
    raw = new RawData(folder);
  }

  @AfterEach
  void nothingIsLeft() throws IOException {
    try (Stream<Path> left = Files.list(folder)) {
      assertThat(left.map(path -> path.getFileName().toString()))
          .noneMatch(
              name -> name.startsWith("." + RawData.REFUSED) || name.equals(RawData.REFUSED));
    }
  }

  @Test
  void missingFile() throws Exception {
    raw.refused("MissingFile", RawData.csv("no.csv", ""))
        .hasMessageContainingAll("no.csv", "relative");
    raw.zip("z.zip", "a/clicks.csv", "u,i,t\n");
    raw.refused("MissingFile", RawData.csv("z.zip!/a/click.csv", ""))
        .hasMessageContaining("did you mean \"a/clicks.csv\"");
  }

  @Test
  void missingColumn() {
    raw.write("c.csv", "u,\"itm\",t\n1,a,1\n");
    raw.refused("MissingColumn", RawData.csv("c.csv", "").replace("'item': 'i'", "'item': 'item'"))
        .hasMessageContainingAll("c.csv", "\"item\"", "known: itm, t, u", "did you mean \"itm\"");
    raw.write("c.jsonl", "{\"u\": 1, \"t\": 1}\n");
    raw.refused("MissingColumn", RawData.csv("c.jsonl", "").replace("'csv'", "'jsonl'"))
        .hasMessageContainingAll("\"i\"", "known: t, u");
    raw.write("empty.csv", "");
    raw.refused("MissingColumn", RawData.csv("empty.csv", "")).hasMessageContaining("no columns");
  }

  @Test
  void missingParquetColumn() throws Exception {
    try (Duck duck = Duck.open(256, 1, folder)) {
      duck.execute("COPY (SELECT 1 AS u, 2 AS t) TO '" + folder.resolve("c.parquet") + "'");
    }
    raw.refused("MissingColumn", RawData.csv("c.parquet", "").replace("'csv'", "'parquet'"))
        .hasMessageContainingAll("\"i\"", "known: t, u");
    raw.write("bad.parquet", "not parquet at all");
    raw.refused("UnparsableRow", RawData.csv("bad.parquet", "").replace("'csv'", "'parquet'"))
        .hasMessageContaining("bad.parquet");
  }

  @Test
  void unparsableValuesNameFileLineAndValue() throws Exception {
    raw.write("good.csv", "u,i,t\n1,a,1\n");
    raw.gzip("c.csv.gz", "u,i,t\r\n1,\"a\nb\",1\r\n\r\n1,c,1x\r\n2,d,yesterday\r\n");
    String files = RawData.csv("F", "").replace("'F'", "'good.csv', 'c.csv.gz'");
    raw.refused("UnparsableRow", files)
        .hasMessageContainingAll("c.csv.gz line 5", "\"1x\"", "seconds", "column \"t\"");
    raw.write("ms.csv", "u,i,t\n1,c,2020-01-01\n");
    raw.refused("UnparsableRow", RawData.csv("ms.csv", "'timeUnit': 'ms'"))
        .hasMessageContainingAll("ms.csv line 2", "milliseconds");
    raw.write("iso.csv", "u,i,t\n1,c,2020-13-01\n");
    raw.refused("UnparsableRow", RawData.csv("iso.csv", "'timeUnit': 'iso'"))
        .hasMessageContainingAll("iso.csv line 2", "2020-13-01", "ISO 8601");
    raw.write("no.csv", "u,i,t\n1,a,1\n1,,1\n");
    raw.refused("UnparsableRow", RawData.csv("no.csv", ""))
        .hasMessageContainingAll("no.csv line 3", "\"\"", "raw id", "column \"i\"");
    raw.write("r.csv", "u,i,t,r\n1,a,1,NaN\n");
    raw.refused("UnparsableRow", RawData.csv("r.csv", "'rating': {'column': 'r'}"))
        .hasMessageContainingAll("r.csv line 2", "NaN", "finite number");
    raw.write("o.csv", "u,i,t,o\n1,a,1,1.5\n");
    raw.refused("UnparsableRow", RawData.csv("o.csv", "'order': 'o'"))
        .hasMessageContainingAll("o.csv line 2", "1.5", "integer");
  }

  @Test
  void unparsableRowsNameFileAndLine() {
    raw.write("c.csv", "u,i,t\n1,a,1\n\n1,b\n");
    raw.refused("UnparsableRow", RawData.csv("c.csv", ""))
        .hasMessageContainingAll(
            "c.csv line 4", "\"1,b\"", "Expected Number of Columns: 3 Found: 2");
    raw.write("c.jsonl", "{\"u\": 1, \"i\": 2, \"t\": 3}\n\n{\"u\": 1,\n");
    raw.refused("UnparsableRow", RawData.csv("c.jsonl", "").replace("'csv'", "'jsonl'"))
        .hasMessageContainingAll("c.jsonl line 3", "{\"u\": 1,", "a JSON object");
    raw.write("hole.jsonl", "{\"u\": 1, \"i\": 2, \"t\": 3}\n\n{\"u\": 1, \"t\": 3}\n");
    raw.refused("UnparsableRow", RawData.csv("hole.jsonl", "").replace("'csv'", "'jsonl'"))
        .hasMessageContainingAll("hole.jsonl line 3", "column \"i\"");
    raw.write("latin.csv", "u,i,t\n1,Léon,1\n".getBytes(StandardCharsets.ISO_8859_1));
    raw.refused("UnparsableRow", RawData.csv("latin.csv", ""))
        .hasMessageContainingAll("latin.csv line 2", "in utf-8");
  }

  @Test
  void unparsableUserFeature() {
    raw.write("c.csv", "u,i,t\n1,a,1\n");
    raw.write("users.csv", "id,age\n1,5\n2,old\n");
    raw.refused(
            "UnparsableRow",
            RawData.csv(
                "c.csv",
                "'users': {'source': {'files': ['users.csv'], 'format': 'csv'}, 'id': 'id',"
                    + " 'features': [{'name': 'age', 'kind': 'numeric'}]}"))
        .hasMessageContainingAll("users.csv line 3", "\"old\"");
  }

  @Test
  void emptyDatasetsSayWhichFilterRemovedWhat() {
    raw.write("c.csv", "u,i,t,r\n1,a,1,2\n1,b,2,5\n2,a,1,5\n");
    raw.refused(
            "EmptyDataset",
            RawData.csv(
                "c.csv", "'rating': {'column': 'r', 'minimum': 4}, 'minimum': {'users': 2}"))
        .hasMessageContainingAll(
            "\"r >= 4.0\" removed 1", "at least 2 events per user", "removed 2");
    raw.write("header.csv", "u,i,t\n");
    raw.refused("EmptyDataset", RawData.csv("header.csv", "")).hasMessageContaining("have no rows");
  }

  @Test
  void duplicateKeysNameBothRows() {
    raw.write("c.csv", "u,i,t\n1,a,5\n1,b,5\n1,a,5\n2,a,5\n1,b,5\n");
    raw.refused("DuplicateKeys", RawData.csv("c.csv", ""))
        .hasMessageContainingAll(
            "c.csv line 2 and c.csv line 4",
            "user \"1\", item \"a\"",
            "2 such groups",
            "\"first\"");
  }

  @Test
  void unknownFormat() {
    raw.refused("UnknownFormat", RawData.csv("c.csv", "").replace("'csv'", "'parqet'"))
        .hasMessageContainingAll("/events", "parqet", "did you mean \"parquet\"");
  }

  @Test
  void mappingsAreStrict() {
    raw.refused("UnknownKey", RawData.csv("c.csv", "'raiting': {}"))
        .hasMessageContaining("did you mean \"rating\"");
    raw.refused(
            "InvalidValue",
            RawData.csv("c.csv", "'features': [{'name': 'item', 'kind': 'numeric'}]"))
        .hasMessageContaining("/features/0/name");
    raw.refused("InvalidValue", RawData.csv("c.csv", "'minimum': {'users': 0}"))
        .hasMessageContainingAll("/minimum/users", "at least 1");
  }

  @Test
  void outputExists() throws Exception {
    raw.write("c.csv", "u,i,t\n1,a,1\n");
    Path taken = Files.createDirectory(folder.resolve("taken"));
    Files.writeString(taken.resolve("precious.txt"), "x");
    Ingest ingest = raw.ingest(RawData.csv("c.csv", ""));
    assertThatThrownBy(() -> ingest.run(taken))
        .hasMessageContainingAll("OutputExists", "taken", "overwrite");
    assertThatThrownBy(() -> ingest.overwrite(true).run(taken))
        .hasMessageContainingAll("OutputExists", "is no data set");
    assertThat(taken.resolve("precious.txt")).exists();
  }

  @Test
  void limits() {
    Ingest ingest = raw.ingest(RawData.csv("c.csv", ""));
    assertThatThrownBy(() -> ingest.memory(1)).hasMessageContainingAll("InvalidValue", "64 MiB");
    assertThatThrownBy(() -> ingest.threads(0)).hasMessageContaining("InvalidValue");
  }

  @Test
  void whatDuckReports() {
    assertThat(Duck.failed(new SQLException("Out of Memory Error: 64 MiB used\nmore")))
        .hasMessageContainingAll("[GR/OutOfMemory]", "64 MiB used", "give it more");
    assertThat(Duck.failed(new SQLException("Binder Error: no such thing")))
        .hasMessageContainingAll("[GR/IngestFailed]", "no such thing");
  }

  @Test
  void brokenArchivesAndUnreadableGzip() {
    raw.write("z.zip", "no archive");
    raw.refused("UnparsableRow", RawData.csv("z.zip!/a.csv", "")).hasMessageContaining("z.zip");
    raw.write("c.csv.gz", new byte[] {0x1f, (byte) 0x8b, 8, 0, 1});
    raw.refused("UnparsableRow", RawData.csv("c.csv.gz", ""))
        .hasMessageContainingAll("c.csv.gz", "cut or damaged");
  }

  /** A cut download must not pass for a smaller data set. */
  @Test
  void cutGzip() throws Exception {
    Random random = new Random(1);
    StringBuilder csv = new StringBuilder("u,i,t\n");
    for (int row = 0; row < 50_000; row++) {
      csv.append(random.nextInt(1000)).append(',').append(row).append(",5\n");
    }
    raw.gzip("c.csv.gz", csv.toString());
    byte[] whole = Files.readAllBytes(folder.resolve("c.csv.gz"));
    for (int cut : new int[] {whole.length / 2, whole.length - 9, whole.length - 4}) {
      raw.write("c.csv.gz", Arrays.copyOf(whole, cut));
      raw.refused("UnparsableRow", RawData.csv("c.csv.gz", "")).hasMessageContaining("c.csv.gz");
    }
  }
}
