package io.genrec.golden;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/** One golden file: its settings and its tensors, which remember whether they were read. */
final class GoldenCase {
  private final String name;
  private final JsonNode meta;
  private final Map<String, GoldenTensor> tensors = new LinkedHashMap<>();
  private final Set<String> unread = new TreeSet<>();
  private long compared;

  private GoldenCase(String name, JsonNode meta) {
    this.name = name;
    this.meta = meta;
  }

  static GoldenCase read(Path file) throws IOException {
    JsonNode root = new ObjectMapper().readTree(file.toFile());
    GoldenCase result = new GoldenCase(String.valueOf(file.getFileName()), root.path("meta"));
    root.properties()
        .forEach(
            group -> {
              if (group.getKey().equals("meta")) {
                return;
              }
              if (!group.getValue().isObject()) {
                throw new AssertionError(
                    result.name + " has a group that is no object: " + group.getKey());
              }
              group
                  .getValue()
                  .properties()
                  .forEach(
                      entry -> {
                        String path = group.getKey() + "/" + entry.getKey();
                        result.tensors.put(path, GoldenTensor.of(path, entry.getValue()));
                        result.unread.add(path);
                      });
            });
    return result;
  }

  String name() {
    return name;
  }

  String kind() {
    return meta.path("kind").asText();
  }

  JsonNode meta(String key) {
    JsonNode value = meta.get(key);
    if (value == null) {
      throw new AssertionError(name + " has no meta." + key);
    }
    return value;
  }

  int number(String key) {
    return meta(key).intValue();
  }

  double number(String key, double otherwise) {
    return meta.path(key).asDouble(otherwise);
  }

  String text(String key, String otherwise) {
    return meta.path(key).asText(otherwise);
  }

  boolean has(String path) {
    return tensors.containsKey(path);
  }

  GoldenTensor tensor(String path) {
    GoldenTensor tensor = tensors.get(path);
    if (tensor == null) {
      throw new AssertionError(name + " has no tensor " + path);
    }
    unread.remove(path);
    return tensor;
  }

  /** The names of a group's tensors, without the group. */
  Set<String> names(String group) {
    Set<String> names = new TreeSet<>();
    tensors.keySet().stream()
        .filter(path -> path.startsWith(group + "/"))
        .forEach(path -> names.add(path.substring(group.length() + 1)));
    return names;
  }

  Set<String> unread() {
    return unread;
  }

  long compared() {
    return compared;
  }

  /** Compares entry by entry, up to {@code absolute + relative * |expected|}. */
  void compare(String what, double[] expected, double[] actual, double absolute, double relative) {
    if (expected.length != actual.length) {
      throw new AssertionError(
          name
              + " "
              + what
              + ": "
              + actual.length
              + " values where "
              + expected.length
              + " are known");
    }
    for (int i = 0; i < expected.length; i++) {
      double bound = absolute + relative * Math.abs(expected[i]);
      if (!(Math.abs(actual[i] - expected[i]) <= bound)) {
        throw new AssertionError(
            name
                + " "
                + what
                + "["
                + i
                + "]: got "
                + actual[i]
                + ", known "
                + expected[i]
                + ", allowed difference "
                + bound);
      }
    }
    compared += expected.length;
  }

  /** Compares with a tolerance of a share of the largest expected entry. */
  void compareScaled(String what, double[] expected, double[] actual, double share) {
    double largest = 0;
    for (double value : expected) {
      largest = Math.max(largest, Math.abs(value));
    }
    compare(what, expected, actual, share * Math.max(largest, 1e-12), 0);
  }
}
