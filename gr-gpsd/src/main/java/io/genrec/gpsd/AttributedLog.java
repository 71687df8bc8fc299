package io.genrec.gpsd;

import io.genrec.api.GenRecException;
import io.genrec.api.config.StrictConfig;
import io.genrec.api.storage.AtomicFile;
import io.genrec.api.storage.IfExists;
import java.io.BufferedReader;
import java.io.BufferedWriter;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.OutputStreamWriter;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.zip.GZIPInputStream;
import org.apiguardian.api.API;

/**
 * An Amazon log with its items' attributes: lists of numbers, from the general to the special. The
 * last one, the most special, becomes the categorical field {@code category} of each event.
 */
@API(status = API.Status.EXPERIMENTAL, since = "0.1")
public final class AttributedLog {
  /** The mapping's file, for {@code genrec prepare generic}. */
  public static final String MAPPING = "mapping.json";

  private static final String EVENTS = "events.csv";
  private static final List<String> COLUMNS = List.of("user_id", "item_id", "rating");

  private AttributedLog() {}

  /** The file of attributes, by item. */
  private record Attributes(Map<String, List<Integer>> items) {}

  /**
   * Writes {@code events.csv} and {@code mapping.json}.
   *
   * @param name the data set's name
   * @param events a csv file, perhaps gzipped, of user_id, item_id, rating and one column of
   *     seconds
   * @param attributes a JSON object from items to lists of numbers
   * @param folder where to; made if it is not there
   * @return the mapping's file
   * @throws GenRecException {@code [GR/MissingFile]}; {@code [GR/InvalidCsv]} for other columns
   */
  public static Path write(String name, Path events, Path attributes, Path folder) {
    if (!Files.isRegularFile(events) || !Files.isRegularFile(attributes)) {
      throw new GenRecException(
          "MissingFile",
          (Files.isRegularFile(events) ? attributes : events) + " is not there or is no file");
    }
    Map<String, List<Integer>> byItem = read(attributes);
    try (BufferedReader in = open(events)) {
      Files.createDirectories(folder);
      List<String> header = List.of(String.valueOf(in.readLine()).split(",", -1));
      if (header.size() != COLUMNS.size() + 1
          || !header.subList(0, COLUMNS.size()).equals(COLUMNS)) {
        throw invalid(events, "begins with " + header);
      }
      AtomicFile.write(
          folder.resolve(EVENTS),
          IfExists.REPLACE,
          out -> {
            BufferedWriter writer =
                new BufferedWriter(new OutputStreamWriter(out, StandardCharsets.UTF_8));
            writer.write(String.join(",", header) + ",category\n");
            for (String line = in.readLine(); line != null; line = in.readLine()) {
              writer.write(line + "," + category(events, line, byItem) + "\n");
            }
            writer.flush();
          });
      Path mapping = folder.resolve(MAPPING);
      String text = StrictConfig.toJson(mapping(name, header.get(COLUMNS.size()))) + "\n";
      AtomicFile.write(
          mapping, IfExists.REPLACE, out -> out.write(text.getBytes(StandardCharsets.UTF_8)));
      return mapping;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static Map<String, List<Integer>> read(Path attributes) {
    try {
      String text = "{\"items\": " + Files.readString(attributes) + "}";
      return StrictConfig.parse(attributes.toString(), text).as(Attributes.class).items();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static BufferedReader open(Path file) throws IOException {
    InputStream bytes = Files.newInputStream(file);
    boolean zipped = file.toString().endsWith(".gz");
    return new BufferedReader(
        new InputStreamReader(zipped ? new GZIPInputStream(bytes) : bytes, StandardCharsets.UTF_8));
  }

  /** Empty, which is row 0, for an item without attributes. */
  private static String category(Path file, String line, Map<String, List<Integer>> byItem) {
    String[] fields = line.split(",", -1);
    if (fields.length != COLUMNS.size() + 1) {
      throw invalid(file, "has the line " + line);
    }
    List<Integer> own = byItem.getOrDefault(fields[1], List.of());
    return own.isEmpty() ? "" : String.valueOf(own.get(own.size() - 1));
  }

  private static GenRecException invalid(Path file, String found) {
    return new GenRecException(
        "InvalidCsv",
        file
            + " "
            + found
            + "; expected "
            + String.join(",", COLUMNS)
            + " and a column of seconds");
  }

  private static Map<String, Object> mapping(String name, String time) {
    Map<String, Object> mapping = new LinkedHashMap<>();
    mapping.put("name", name);
    mapping.put("events", Map.of("files", List.of(EVENTS), "format", "csv"));
    mapping.put("user", "user_id");
    mapping.put("item", "item_id");
    mapping.put("time", time);
    mapping.put("features", List.of(Map.of("name", "category", "kind", "categorical")));
    mapping.put("minimum", Map.of("users", 5, "items", 5, "core", "once"));
    return mapping;
  }
}
