package io.genrec.cli;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.databind.node.TextNode;
import io.genrec.api.GenRecException;
import io.genrec.api.config.StrictConfig;
import io.genrec.engine.run.RunConfig;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/** Where training configurations come from, and how a command line changes their values. */
final class ConfigSource {
  /** The configurations in the folder {@code configs}, which the application carries. */
  static final List<String> SHIPPED =
      List.of(
          "quickstart",
          "ml-1m-fuxi-alpha",
          "ml-1m-gru4rec",
          "ml-1m-hstu",
          "ml-1m-hstu-large",
          "ml-1m-sasrec",
          "ml-1m-llama",
          "ml-20m-hstu",
          "ml-20m-hstu-large",
          "amzn-books-hstu",
          "amzn-books-hstu-large",
          "amazon-beauty-hstu",
          "kuairand-ranking",
          "dirichlet-hstu",
          "dirichlet-small-hstu",
          "gpsd-pretrain",
          "gpsd-click");

  private static final ObjectMapper JSON = new ObjectMapper();

  private ConfigSource() {}

  /**
   * Reads a configuration.
   *
   * @param name a file, or the name of a shipped configuration
   * @param edits values by path, for example {@code encoder/blocks}; JSON, or text that is none
   */
  static RunConfig read(String name, Map<String, String> edits) {
    return edited(name, source(name), edits);
  }

  /** A configuration with some values changed. */
  static RunConfig edited(RunConfig config, Map<String, String> edits) {
    String name = config.name();
    return edited(name, StrictConfig.parse(name, StrictConfig.toJson(config)), edits);
  }

  private static RunConfig edited(String name, StrictConfig config, Map<String, String> edits) {
    if (edits.isEmpty()) {
      return config.as(RunConfig.class);
    }
    ObjectNode tree = tree(config);
    edits.forEach((path, value) -> set(tree, path, value));
    return StrictConfig.parse(name + " with its changes", tree.toString()).as(RunConfig.class);
  }

  private static StrictConfig source(String name) {
    if (Files.exists(Path.of(name)) || !SHIPPED.contains(name)) {
      if (!Files.exists(Path.of(name)) && !name.contains("/") && !name.endsWith(".json")) {
        throw new GenRecException(
            "MissingFile",
            "there is no configuration file "
                + name
                + ", and none of that name comes with genrec; "
                + GenRecException.knownNames(name, SHIPPED));
      }
      return StrictConfig.read(Path.of(name));
    }
    try (InputStream in = ConfigSource.class.getResourceAsStream("configs/" + name + ".json")) {
      if (in == null) {
        throw new IllegalStateException("the application lacks the configuration " + name);
      }
      return StrictConfig.parse(
          name + ".json", new String(in.readAllBytes(), StandardCharsets.UTF_8));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static ObjectNode tree(StrictConfig config) {
    try {
      JsonNode tree = JSON.readTree(config.toString());
      if (tree instanceof ObjectNode object) {
        return object;
      }
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("a parsed configuration is JSON", e);
    }
    throw new GenRecException(
        "InvalidValue", config.source() + " is no JSON object; a configuration is one");
  }

  private static void set(ObjectNode tree, String path, String value) {
    String[] keys = path.replaceFirst("^/", "").split("/", -1);
    ObjectNode at = tree;
    for (int i = 0; i < keys.length - 1; i++) {
      JsonNode next = at.get(keys[i]);
      if (next == null) {
        next = at.putObject(keys[i]);
      }
      if (!(next instanceof ObjectNode object)) {
        throw new GenRecException(
            "InvalidValue",
            "cannot set " + path + ": " + keys[i] + " is " + next + ", which has no keys");
      }
      at = object;
    }
    at.set(keys[keys.length - 1], value(value));
  }

  private static JsonNode value(String text) {
    try {
      JsonNode value = JSON.readTree(text);
      return value.isMissingNode() ? TextNode.valueOf(text) : value;
    } catch (JsonProcessingException e) {
      // Bare words are texts, so that names need no quotes within quotes.
      return TextNode.valueOf(text);
    }
  }
}
