package io.genrec.data.ingest;

import io.genrec.api.GenRecException;
import io.genrec.data.DatasetInfo.Kind;
import io.genrec.data.ingest.DataMapping.Duplicates;
import io.genrec.data.ingest.DataMapping.Feature;
import io.genrec.data.ingest.DataMapping.Items;
import io.genrec.data.ingest.DataMapping.Minimum;
import io.genrec.data.ingest.DataMapping.Rating;
import io.genrec.data.ingest.DataMapping.Source;
import io.genrec.data.ingest.DataMapping.TimeUnit;
import io.genrec.data.ingest.DataMapping.Users;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import org.apiguardian.api.API;
import org.jspecify.annotations.Nullable;

/**
 * Mappings for public data as it is published. MovieLens is kept whole; Amazon is filtered once to
 * at least 5 events per user and item, as the published HSTU code does it.
 */
@API(status = API.Status.EXPERIMENTAL, since = "0.1")
public final class Presets {
  private static final List<String> NAMES =
      List.of("ml-latest-small", "ml-100k", "ml-1m", "ml-20m", "amazon-csv", "kuairand", "generic");

  private static final String RATINGS_CSV = "ratings.csv";

  private Presets() {}

  /** The names of the presets. */
  public static List<String> names() {
    return NAMES;
  }

  /**
   * Ingestion by a preset.
   *
   * <ul>
   *   <li>{@code ml-latest-small}, {@code ml-20m}: {@code ratings.csv} and, if there, {@code
   *       movies.csv}
   *   <li>{@code ml-100k}: {@code u.data} and, if there, {@code u.item}
   *   <li>{@code ml-1m}: {@code ratings.dat}, or {@code ml-1m.csv} with user_id, item_id, rating,
   *       timestamp, raw_order; if there, {@code movies.dat} and {@code users.dat}
   *   <li>{@code amazon-csv}: the given csv file, or the folder's only one, with user_id, item_id,
   *       rating, timestamp
   *   <li>{@code kuairand}: KuaiRand-Pure's impressions of 25 April to 8 May 2022, {@code
   *       kuairand-pure-0425-0508.csv}, or the standard log as published, {@code
   *       log_standard_4_22_to_5_08_pure.csv}; if there, {@code user_features_pure.csv}, {@code
   *       video_features_basic_pure.csv} and {@code user_sequences.parquet}
   *   <li>{@code generic}: the given file is a {@link DataMapping} as JSON
   * </ul>
   *
   * @param name one of {@link #names()}
   * @param source a folder, the zip archive as published, or a file; files may be gzipped
   * @throws GenRecException {@code UnknownPreset}, {@code MissingFile}
   */
  public static Ingest of(String name, Path source) {
    if (!NAMES.contains(name)) {
      throw new GenRecException(
          "UnknownPreset",
          "preset \"" + name + "\" is not known; " + GenRecException.knownNames(name, NAMES));
    }
    if (name.equals("generic")) {
      return Ingest.of(source);
    }
    RawFolder raw = RawFolder.of(name, source);
    DataMapping mapping =
        switch (name) {
          case "ml-100k" -> ml100k(raw);
          case "ml-1m" -> ml1m(raw);
          case "amazon-csv" -> amazon(raw, source);
          case "kuairand" -> KuaiRand.mapping(raw);
          default -> movieLensCsv(name, raw);
        };
    return Ingest.of(mapping, raw.folder());
  }

  private static DataMapping movieLensCsv(String name, RawFolder raw) {
    Optional<Items> movies =
        raw.find("movies.csv")
            .map(file -> new Items(csv(file), "movieId", "title", List.of("genres")));
    return mapping(
        name,
        csv(raw.require(RATINGS_CSV)),
        List.of("userId", "movieId", "timestamp"),
        null,
        movies.orElse(null),
        null,
        Minimum.none());
  }

  private static DataMapping ml100k(RawFolder raw) {
    List<String> columns = new ArrayList<>(List.of("id", "title", "release", "video", "url"));
    IntStream.range(0, 19).forEach(genre -> columns.add("genre" + genre));
    Optional<Items> films =
        raw.find("u.item")
            .map(
                file ->
                    new Items(
                        new Source(List.of(file), "pipe", columns, "latin-1"),
                        "id",
                        "title",
                        List.of("release")));
    List<String> data = List.of("user", "item", "rating", "timestamp");
    return mapping(
        "ml-100k",
        new Source(List.of(raw.require("u.data")), "tsv", data, "utf-8"),
        List.of("user", "item", "timestamp"),
        null,
        films.orElse(null),
        null,
        Minimum.none());
  }

  private static DataMapping ml1m(RawFolder raw) {
    Optional<Items> films =
        raw.find("movies.dat")
            .map(
                file ->
                    new Items(
                        doubleColon(file, List.of("id", "name", "genres")),
                        "id",
                        "name",
                        List.of("genres")));
    Optional<Users> users =
        raw.find("users.dat")
            .map(
                file ->
                    new Users(
                        doubleColon(file, List.of("id", "gender", "age", "occupation", "zip")),
                        "id",
                        List.of(
                            new Feature("gender", null, Kind.CATEGORICAL),
                            new Feature("age", null, Kind.CATEGORICAL),
                            new Feature("occupation", null, Kind.CATEGORICAL))));
    List<String> names = List.of("user_id", "item_id", "timestamp");
    Optional<String> csv = raw.find("ml-1m.csv");
    Source events =
        csv.isPresent()
            ? csv(csv.get())
            : doubleColon(
                raw.require("ratings.dat"), List.of("user_id", "item_id", "rating", "timestamp"));
    String order = csv.isPresent() ? "raw_order" : null;
    return mapping(
        "ml-1m", events, names, order, films.orElse(null), users.orElse(null), Minimum.none());
  }

  private static DataMapping amazon(RawFolder raw, Path source) {
    String file = String.valueOf(source.getFileName());
    if (Files.isDirectory(source)) {
      List<String> found = raw.csvFiles();
      if (found.size() != 1) {
        throw new GenRecException(
            "MissingFile",
            "folder " + source + " has " + found.size() + " csv files; give the path of one file");
      }
      file = found.get(0);
    }
    return mapping(
        file.replaceFirst("\\.csv(\\.gz)?$", ""),
        csv(file),
        List.of("user_id", "item_id", "timestamp"),
        null,
        null,
        null,
        new Minimum(5, 5, DataMapping.Core.ONCE));
  }

  private static DataMapping mapping(
      String name,
      Source events,
      List<String> userItemTime,
      @Nullable String order,
      @Nullable Items items,
      @Nullable Users users,
      Minimum minimum) {
    return new DataMapping(
        name,
        events,
        userItemTime.get(0),
        userItemTime.get(1),
        userItemTime.get(2),
        TimeUnit.S,
        order,
        new Rating("rating", null),
        List.of(),
        items,
        users,
        minimum,
        Duplicates.ERROR,
        List.of(),
        null,
        null,
        null,
        List.of());
  }

  private static Source csv(String file) {
    return new Source(List.of(file), "csv", null, "utf-8");
  }

  private static Source doubleColon(String file, List<String> columns) {
    return new Source(List.of(file), "double-colon", columns, "latin-1");
  }
}
