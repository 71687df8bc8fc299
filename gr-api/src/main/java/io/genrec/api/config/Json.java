package io.genrec.api.config;

import com.fasterxml.jackson.core.JsonLocation;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.genrec.api.GenRecException;
import java.lang.invoke.MethodType;
import java.lang.reflect.RecordComponent;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** JSON text to trees and back; records to trees. */
final class Json {
  private static final ObjectMapper MAPPER =
      JsonMapper.builder()
          .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
          .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
          .enable(DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS)
          .build();

  private Json() {}

  static JsonNode parse(String source, String json) {
    try {
      JsonNode node = MAPPER.readTree(json);
      if (node.isMissingNode()) {
        throw new GenRecException("InvalidJson", source + " is empty; expected a JSON object");
      }
      return node;
    } catch (JsonProcessingException e) {
      JsonLocation at = e.getLocation();
      String where = at == null ? "" : " line " + at.getLineNr() + " column " + at.getColumnNr();
      throw new GenRecException(
          "InvalidJson",
          source + where + ": " + e.getOriginalMessage() + "; expected strict JSON, each key once",
          e);
    }
  }

  static String text(JsonNode node) {
    return node.toPrettyString();
  }

  static JsonNode of(@Nullable Object value) {
    JsonNodeFactory json = JsonNodeFactory.instance;
    if (value == null) {
      return json.nullNode();
    } else if (value instanceof Record record) {
      return ofRecord(record);
    } else if (value instanceof List<?> list) {
      ArrayNode array = json.arrayNode();
      list.forEach(element -> array.add(of(element)));
      return array;
    } else if (value instanceof Map<?, ?> map) {
      ObjectNode object = json.objectNode();
      map.forEach((key, element) -> object.set(String.valueOf(key), of(element)));
      return object;
    } else if (value instanceof Enum<?> constant) {
      return json.textNode(name(constant));
    } else if (value instanceof StrictConfig config) {
      return config.node();
    }
    return MAPPER.valueToTree(value);
  }

  private static JsonNode ofRecord(Record record) {
    ObjectNode object = JsonNodeFactory.instance.objectNode();
    for (RecordComponent component : record.getClass().getRecordComponents()) {
      try {
        component.getAccessor().setAccessible(true);
        Object value = component.getAccessor().invoke(record);
        if (value != null) {
          object.set(component.getName(), of(value));
        }
      } catch (ReflectiveOperationException e) {
        throw new IllegalStateException("accessor of " + component + " failed", e);
      }
    }
    return object;
  }

  /** An enum constant as configurations write it. */
  static String name(Enum<?> constant) {
    return constant.name().toLowerCase(Locale.ROOT).replace('_', '-');
  }

  @SuppressWarnings("unchecked") // Class<Integer> for int.class, as MethodType.wrap defines it
  static <T> Class<T> box(Class<T> type) {
    return (Class<T>) MethodType.methodType(type).wrap().returnType();
  }
}
