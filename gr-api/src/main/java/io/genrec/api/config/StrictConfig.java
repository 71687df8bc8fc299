package io.genrec.api.config;

import com.fasterxml.jackson.core.JsonPointer;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.genrec.api.GenRecException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.apiguardian.api.API;

/**
 * A JSON configuration, or a sub-tree of one, that is read strictly into records.
 *
 * <pre>{@code
 * record HstuConfig(int dim, @Default("2") int heads, @Nullable Double dropout) {
 *   HstuConfig {
 *     if (heads < 1) throw new IllegalArgumentException("heads must be at least 1");
 *   }
 * }
 * HstuConfig hstu = StrictConfig.read(file).at("/encoder").without("name").as(HstuConfig.class);
 * }</pre>
 *
 * <p>Keys are the names of the record's components. A component is <b>required</b> unless it has
 * {@link Default @Default}, or its type is {@code @Nullable} (absent or {@code null} is null).
 * Types: numbers, booleans, String, enums (written in lower case with hyphens: {@code DOUBLE_COLON}
 * is {@code "double-colon"}), records, {@code List}, {@code Map<String, ...>}, and {@code
 * StrictConfig} itself for a sub-tree that somebody else reads. Nothing is converted silently: no
 * {@code "4"} for 4, no 4.5 for an int, no null, no infinite number.
 *
 * <p>Ranges are checked by the record's compact constructor, which throws IllegalArgumentException
 * or {@link GenRecException}. A message that begins with a component's name ("heads must be ...")
 * is reported at that key. A GenRecException keeps its id.
 *
 * <p>Errors: {@code MissingFile}, {@code InvalidJson} (also keys that stand twice), {@code
 * UnknownKey}, {@code MissingKey}, {@code InvalidValue}.
 */
@API(status = API.Status.STABLE, since = "0.1")
public final class StrictConfig {
  private static final long MAX_BYTES = 16L << 20;

  private final String source;
  private final JsonPointer pointer;
  private final JsonNode node;

  StrictConfig(String source, JsonPointer pointer, JsonNode node) {
    this.source = source;
    this.pointer = pointer;
    this.node = node;
  }

  /**
   * Reads a UTF-8 JSON file of at most 16 MiB.
   *
   * @param file the file
   * @throws GenRecException {@code MissingFile}, {@code InvalidJson}
   */
  public static StrictConfig read(Path file) {
    if (!Files.isRegularFile(file)) {
      throw new GenRecException(
          "MissingFile",
          "configuration file " + file + " is not there or is no file; give the path of a file");
    }
    try {
      long bytes = Files.size(file);
      if (bytes > MAX_BYTES) {
        throw new GenRecException(
            "InvalidJson",
            file + " has " + bytes + " bytes; a configuration has at most " + MAX_BYTES);
      }
      return parse(file.toString(), new String(Files.readAllBytes(file), StandardCharsets.UTF_8));
    } catch (IOException e) {
      throw new GenRecException(
          "MissingFile", "cannot read configuration file " + file + ": " + e.getMessage(), e);
    }
  }

  /**
   * Reads JSON text.
   *
   * @param source what error messages call the text, for example a file's name
   * @param json the text
   * @throws GenRecException {@code InvalidJson}
   */
  public static StrictConfig parse(String source, String json) {
    return new StrictConfig(source, JsonPointer.empty(), Json.parse(source, json));
  }

  /**
   * A record as JSON text that {@link #parse} and {@link #as} turn into an equal record. Null
   * components are left out.
   *
   * @param record a record of the types named above
   */
  public static String toJson(Object record) {
    return Json.text(Json.of(record));
  }

  /**
   * The sub-tree at a JSON pointer, relative to this one.
   *
   * @param path for example {@code /encoder} or {@code /sources/0}
   * @throws GenRecException {@code MissingKey}
   */
  public StrictConfig at(String path) {
    StrictConfig at = this;
    for (JsonPointer p = JsonPointer.compile(path); !p.matches(); p = p.tail()) {
      at = at.child(p);
    }
    return at;
  }

  private StrictConfig child(JsonPointer p) {
    String key = p.getMatchingProperty();
    JsonNode found = node.isArray() ? node.get(p.getMatchingIndex()) : node.get(key);
    JsonPointer where = pointer.appendProperty(key);
    if (found == null) {
      throw Binder.missing(source, where, "a value", keys());
    }
    return new StrictConfig(source, where, found);
  }

  /** Whether this is an object that has the key. */
  public boolean has(String key) {
    return node.has(key);
  }

  /** The keys of this object in file order; empty if this is no object. */
  public List<String> keys() {
    List<String> keys = new ArrayList<>();
    node.fieldNames().forEachRemaining(keys::add);
    return List.copyOf(keys);
  }

  /**
   * This object without some keys, which the caller has read already, such as a name that chose the
   * record type.
   *
   * @param keys may be absent
   */
  public StrictConfig without(String... keys) {
    if (!(node instanceof ObjectNode object)) {
      return this;
    }
    return new StrictConfig(source, pointer, object.deepCopy().without(List.of(keys)));
  }

  /**
   * The value as a record or another supported type.
   *
   * @param type for example a record, {@code String} or {@code Integer}
   * @throws GenRecException {@code UnknownKey}, {@code MissingKey}, {@code InvalidValue}, or the id
   *     that the record's constructor threw
   */
  public <T> T as(Class<T> type) {
    return Json.box(type).cast(new Binder(source).bind(node, type, pointer));
  }

  /** What error messages call the text: the file's name, or the name given to {@link #parse}. */
  public String source() {
    return source;
  }

  /** Where this sub-tree stands in its file: a JSON pointer, empty for the whole file. */
  public String pointer() {
    return pointer.toString();
  }

  JsonNode node() {
    return node;
  }

  /** Whether both are the same JSON, wherever they stand. */
  @Override
  public boolean equals(Object other) {
    return other instanceof StrictConfig config && node.equals(config.node);
  }

  @Override
  public int hashCode() {
    return node.hashCode();
  }

  /** The JSON text. */
  @Override
  public String toString() {
    return Json.text(node);
  }
}
