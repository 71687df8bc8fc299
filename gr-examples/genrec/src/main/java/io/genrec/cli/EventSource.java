package io.genrec.cli;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.MappingIterator;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.RuntimeJsonMappingException;
import com.fasterxml.jackson.dataformat.csv.CsvMapper;
import com.fasterxml.jackson.dataformat.csv.CsvSchema;
import io.genrec.api.GenRecException;
import io.genrec.api.inference.Event;
import io.genrec.api.sequence.History;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.StringReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * A user's events as a file has them: JSON lines such as {@code {"item": "318", "time":
 * 964982703}}, or CSV with a header line {@code item,time}. Further keys or columns are features.
 * Without an item it is an entry of a slower-changing series, such as {@code {"follows": "17",
 * "time": 964982703}}. An event without a time stands where it stands in the file; if all have
 * times, the events are put in the order of time.
 */
final class EventSource {
  private static final String ITEM = "item";
  private static final String TIME = "time";
  private static final ObjectMapper JSON = new ObjectMapper();

  private EventSource() {}

  /**
   * Reads events.
   *
   * @param file a file, or {@code -} for standard input
   * @throws GenRecException {@code [GR/MissingFile]}, {@code [GR/UnparsableRow]} with the line,
   *     {@code [GR/MissingColumn]}
   */
  static List<Event> read(Path file, InputStream standardInput) throws IOException {
    if (file.toString().equals("-")) {
      return read("standard input", standardInput);
    }
    if (!Files.isRegularFile(file)) {
      throw new GenRecException(
          "MissingFile", "there is no file of events " + file + "; \"-\" reads standard input");
    }
    try (InputStream in = Files.newInputStream(file)) {
      return read(file.toString(), in);
    }
  }

  private static List<Event> read(String source, InputStream in) throws IOException {
    List<String> lines =
        new BufferedReader(new InputStreamReader(in, StandardCharsets.UTF_8)).lines().toList();
    boolean json =
        lines.stream()
            .filter(line -> !line.isBlank())
            .limit(1)
            .allMatch(line -> line.stripLeading().startsWith("{"));
    List<Event> events = json ? jsonLines(source, lines) : csv(source, lines);
    boolean timed = events.stream().allMatch(event -> event.time() != History.NO_TIME);
    if (timed) {
      // A stable sort, as data sets are made.
      events.sort(Comparator.comparingLong(Event::time));
    }
    return events;
  }

  private static List<Event> jsonLines(String source, List<String> lines) {
    List<Event> events = new ArrayList<>();
    for (int i = 0; i < lines.size(); i++) {
      if (lines.get(i).isBlank()) {
        continue;
      }
      String where = source + " line " + (i + 1);
      try {
        JsonNode line = JSON.readTree(lines.get(i));
        Map<String, String> fields = new LinkedHashMap<>();
        for (Map.Entry<String, JsonNode> entry : line.properties()) {
          if (!entry.getValue().isValueNode()) {
            throw unparsable(where, "\"" + entry.getKey() + "\" is neither a text nor a number");
          }
          if (!entry.getValue().isNull()) {
            fields.put(entry.getKey(), entry.getValue().asText());
          }
        }
        events.add(event(where, fields));
      } catch (JsonProcessingException e) {
        throw unparsable(where, e.getOriginalMessage());
      }
    }
    return events;
  }

  private static List<Event> csv(String source, List<String> lines) throws IOException {
    CsvSchema schema = CsvSchema.emptySchema().withHeader();
    List<Event> events = new ArrayList<>();
    try (MappingIterator<Map<String, String>> rows =
        new CsvMapper()
            .readerForMapOf(String.class)
            .with(schema)
            .readValues(new StringReader(String.join("\n", lines)))) {
      for (int line = 2; rows.hasNextValue(); line++) {
        Map<String, String> row = new LinkedHashMap<>(rows.nextValue());
        if (!row.containsKey(ITEM)) {
          throw new GenRecException(
              "MissingColumn",
              source
                  + " has no column \"item\"; "
                  + GenRecException.knownNames(ITEM, row.keySet())
                  + "; expected a header line such as item,time");
        }
        row.values().removeIf(String::isEmpty);
        events.add(event(source + " line " + line, row));
      }
    } catch (JsonProcessingException e) {
      throw unparsable(source + " line " + e.getLocation().getLineNr(), e.getOriginalMessage());
    } catch (RuntimeJsonMappingException e) {
      throw unparsable(source, String.valueOf(e.getMessage()));
    }
    return events;
  }

  private static Event event(String where, Map<String, String> fields) {
    String item = fields.remove(ITEM);
    String time = fields.remove(TIME);
    if (item == null && fields.isEmpty()) {
      throw unparsable(where, "it has no \"item\"");
    }
    long seconds = time == null ? History.NO_TIME : Times.parse(where + ": \"time\"", time);
    return new Event(item == null ? "" : item, seconds, fields);
  }

  private static GenRecException unparsable(String where, String what) {
    return new GenRecException(
        "UnparsableRow",
        where
            + " is no event: "
            + what
            + "; expected JSON lines such as {\"item\": \"318\", \"time\": 964982703}, or CSV with"
            + " the header item,time");
  }
}
