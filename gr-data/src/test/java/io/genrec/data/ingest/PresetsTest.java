package io.genrec.data.ingest;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.genrec.api.sequence.History;
import io.genrec.data.SequenceDataset;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.memory.RootAllocator;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PresetsTest {
  private static final String RATINGS =
      "userId,movieId,rating,timestamp\r\n1,20,4.0,7\r\n1,3,0.5,6\r\n";
  private static final String MOVIES = "movieId,title,genres\r\n3,\"Sum, The\",Drama|War\r\n";

  @TempDir Path folder = Path.of("");
  private RawData raw = new RawData(Path.of(""));

  @BeforeEach
  void folder() {
    raw = new RawData(folder);
  }

  private void ingest(String preset, Path source) {
    Presets.of(preset, source).threads(1).run(folder.resolve("out"));
  }

  private String title(int row) {
    try (BufferAllocator allocator = new RootAllocator()) {
      return SequenceDataset.vocabulary(folder.resolve("out"), "item", allocator)
          .title(row)
          .orElse("");
    }
  }

  @Test
  void latestSmallAsFolderWithZip() throws Exception {
    raw.zip(
        "ml-latest-small.zip",
        "ml-latest-small/ratings.csv",
        RATINGS,
        "../evil.csv",
        "x",
        "ml-latest-small/movies.csv",
        MOVIES);
    ingest("ml-latest-small", folder);
    assertThat(raw.histories("out")).containsExactly("1: 3@6 20@7");
    assertThat(title(1)).isEqualTo("Sum, The");
    assertThat(folder.resolveSibling("evil.csv")).doesNotExist();
  }

  @Test
  void ml20mAsFiles() {
    raw.write("ratings.csv", RATINGS);
    ingest("ml-20m", folder);
    assertThat(raw.histories("out")).containsExactly("1: 3@6 20@7");
    assertThat(title(1)).isEmpty();
  }

  @Test
  void ml100k() {
    raw.write("u.data", "1\t5\t3\t9\n1\t4\t3\t8\n");
    raw.write(
        "u.item",
        ("4|L\u00e9on \"x\" (1994)|01-Jan-1994||http://a|" + "0|".repeat(18) + "1\n")
            .getBytes(StandardCharsets.ISO_8859_1));
    ingest("ml-100k", folder);
    assertThat(raw.histories("out")).containsExactly("1: 4@8 5@9");
    assertThat(title(1)).isEqualTo("L\u00e9on \"x\" (1994)");
  }

  @Test
  void ml1mAsPublished() throws Exception {
    raw.zip(
        "ml-1m.zip",
        "ml-1m/ratings.dat",
        "1::5::3::9\n1::4::3::9\n",
        "ml-1m/movies.dat",
        "4::Toy: Story (1995)::Comedy\n",
        "ml-1m/users.dat",
        "1::F::1::10::48067\n");
    ingest("ml-1m", folder.resolve("ml-1m.zip"));
    assertThat(raw.histories("out")).containsExactly("1: 5@9 4@9");
    assertThat(title(1)).isEqualTo("Toy: Story (1995)");
    try (BufferAllocator allocator = new RootAllocator();
        SequenceDataset data = SequenceDataset.open(folder.resolve("out"), allocator, false)) {
      assertThat(data.userCategorical("gender", 0)).isEqualTo(1);
      assertThat(data.info().field("occupation").rows()).isEqualTo(1);
    }
  }

  @Test
  void ml1mAsCsv() throws Exception {
    raw.gzip(
        "ml-1m.csv.gz",
        "user_id,item_id,rating,timestamp,timestamp_exact,raw_order\n1,5,3,9,0,12\n1,4,3,9,0,2\n");
    ingest("ml-1m", folder);
    assertThat(raw.histories("out")).containsExactly("1: 4@9 5@9");
  }

  @Test
  void amazonDropsRareUsersAndItems() throws Exception {
    StringBuilder csv = new StringBuilder("user_id,item_id,rating,timestamp\n");
    for (int user = 0; user < 5; user++) {
      for (int item = 0; item < 5; item++) {
        csv.append("u" + user + ",i" + item + ",5," + (100 - item) + "\n");
      }
    }
    raw.gzip("toys.csv.gz", csv + "u9,i0,5,1\nu0,i9,5,1\n");
    ingest("amazon-csv", folder.resolve("toys.csv.gz"));
    assertThat(raw.histories("out")).hasSize(5).startsWith("u0: i4@96 i3@97 i2@98 i1@99 i0@100");
    assertThat(Presets.of("amazon-csv", folder).mapping().name()).isEqualTo("toys");
  }

  @Test
  void genericReadsAMapping() {
    raw.write("c.csv", "u,i,t\n1,a,1\n");
    Path mapping = raw.write("m.json", RawData.csv("c.csv", "").replace('\'', '"'));
    ingest("generic", mapping);
    assertThat(raw.histories("out")).containsExactly("1: a@1");
  }

  @Test
  void kuaiRandWithItsFeaturesAndEarlierVideos() throws Exception {
    raw.write(
        "kuairand-pure-0425-0508.csv",
        """
        user_id,video_id,date,hourmin,time_ms,is_click,is_like,is_follow,is_comment,is_forward,is_hate,long_view,play_time_ms,is_profile_enter,tab
        5,40,20220425,1800,1650882384975,1,0,0,0,0,0,1,9000,1,1
        5,41,20220425,1800,1650882384975,0,1,0,0,0,0,0,100,0,1
        """);
    raw.gzip(
        "video_features_basic_pure.csv.gz",
        """
        video_id,author_id,video_type,upload_type,music_type,tag,video_duration
        40,7,NORMAL,Import,9.0,"3,4",87433.0
        41,8,AD,Import,9.0,,
        """);
    raw.write(
        "user_features_pure.csv",
        """
        user_id,user_active_degree,follow_user_num_range,fans_user_num_range,register_days_range,onehot_feat1,onehot_feat6
        5,full_active,500+,"[1,10)",730+,1,
        """);
    try (Duck duck = Duck.open(256, 1, folder)) {
      duck.execute(
          "COPY (SELECT 5 AS user_id, [44, 40] AS watch_seq, [40] AS like_seq, [44] AS"
              + " long_watch_seq) TO '"
              + folder.resolve("user_sequences.parquet")
              + "'");
    }
    ingest("kuairand", folder);
    try (BufferAllocator allocator = new RootAllocator();
        SequenceDataset data = SequenceDataset.open(folder.resolve("out"), allocator, true)) {
      History history = data.history(0);
      assertThat(history.size()).isEqualTo(4);
      assertThat(history.time(1)).isEqualTo(History.NO_TIME);
      assertThat(history.time(2)).isEqualTo(1650882384);
      assertThat(history.moment(2)).isEqualTo(history.moment(3));
      // click, like, follow, comment, forward, hate, long_view, profile_enter
      assertThat(history.category("actions", 0)).isEqualTo(1 + 64);
      assertThat(history.category("actions", 1)).isEqualTo(1 + 2);
      assertThat(history.category("actions", 2)).isEqualTo(1 + 64 + 128);
      assertThat(history.category("actions", 3)).isEqualTo(2);
      assertThat(history.category("author_id", 1)).isEqualTo(history.category("author_id", 2));
      assertThat(history.number("video_duration", 1)).isEqualTo(87433);
      assertThat(history.number("play_time", 1)).isNaN();
      assertThat(history.user("user_active_degree")).isEqualTo(1);
    }
  }

  @Test
  void errors() {
    assertThatThrownBy(() -> Presets.of("ml-2m", folder))
        .hasMessageContainingAll("UnknownPreset", "did you mean \"ml-1m\"");
    assertThatThrownBy(() -> Presets.of("ml-1m", folder))
        .hasMessageContainingAll("MissingFile", "ratings.dat");
    assertThatThrownBy(() -> Presets.of("ml-1m", folder.resolve("nowhere")))
        .hasMessageContainingAll("MissingFile", "nowhere");
    assertThatThrownBy(() -> Presets.of("amazon-csv", folder))
        .hasMessageContainingAll("MissingFile", "0 csv files");
  }
}
