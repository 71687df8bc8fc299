package io.genrec.data.ingest;

import io.genrec.data.DatasetInfo.Kind;
import io.genrec.data.ingest.DataMapping.Actions;
import io.genrec.data.ingest.DataMapping.Duplicates;
import io.genrec.data.ingest.DataMapping.Earlier;
import io.genrec.data.ingest.DataMapping.Feature;
import io.genrec.data.ingest.DataMapping.Items;
import io.genrec.data.ingest.DataMapping.Minimum;
import io.genrec.data.ingest.DataMapping.Source;
import io.genrec.data.ingest.DataMapping.TimeUnit;
import io.genrec.data.ingest.DataMapping.Users;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/**
 * KuaiRand-Pure (Gao et al., CIKM 2022): what users of a video app did with the videos shown to
 * them. Watch time, comments and visits of profiles are results of an impression and stand among
 * what is known only after it.
 */
final class KuaiRand {
  private static final List<String> ACTIONS =
      List.of(
          "click", "like", "follow", "comment", "forward", "hate", "long_view", "profile_enter");

  private KuaiRand() {}

  static DataMapping mapping(RawFolder raw) {
    String log =
        raw.find("kuairand-pure-0425-0508.csv")
            .orElseGet(() -> raw.require("log_standard_4_22_to_5_08_pure.csv"));
    Items videos =
        raw.find("video_features_basic_pure.csv")
            .map(
                file ->
                    new Items(
                        csv(file),
                        "video_id",
                        null,
                        List.of(),
                        Stream.concat(
                                categories(
                                    "author_id", "video_type", "upload_type", "music_type", "tag"),
                                Stream.of(new Feature("video_duration", null, Kind.NUMERIC)))
                            .toList()))
            .orElse(null);
    Users users =
        raw.find("user_features_pure.csv")
            .map(
                file ->
                    new Users(
                        csv(file),
                        "user_id",
                        categories(
                                "user_id",
                                "user_active_degree",
                                "follow_user_num_range",
                                "fans_user_num_range",
                                "register_days_range",
                                "onehot_feat1",
                                "onehot_feat6")
                            .toList()))
            .orElse(null);
    // Earlier videos were all watched; which of them were clicked is not told otherwise.
    Earlier earlier =
        raw.find("user_sequences.parquet")
            .map(
                file ->
                    new Earlier(
                        new Source(List.of(file), "parquet", null, "utf-8"),
                        "user_id",
                        "watch_seq",
                        Map.of("like", "like_seq", "long_view", "long_watch_seq"),
                        List.of("click")))
            .orElse(null);
    return new DataMapping(
        "kuairand",
        csv(log),
        "user_id",
        "video_id",
        "time_ms",
        TimeUnit.MS,
        null,
        null,
        List.of(new Feature("play_time", "play_time_ms", Kind.NUMERIC)),
        videos,
        users,
        Minimum.none(),
        // A video is shown twice at one moment now and then: two impressions.
        Duplicates.KEEP,
        Stream.concat(
                categories("tab"), Stream.of(new Feature("hour", "hourmin", Kind.CATEGORICAL)))
            .toList(),
        new Actions(ACTIONS, ACTIONS.stream().map(KuaiRand::column).toList(), null),
        earlier,
        null,
        List.of());
  }

  private static String column(String action) {
    return action.equals("long_view") ? action : "is_" + action;
  }

  private static Stream<Feature> categories(String... names) {
    return Stream.of(names).map(name -> new Feature(name, null, Kind.CATEGORICAL));
  }

  private static Source csv(String file) {
    return new Source(List.of(file), "csv", null, "utf-8");
  }
}
