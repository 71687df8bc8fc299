package io.genrec.api.config;

import com.fasterxml.jackson.core.JsonPointer;
import com.fasterxml.jackson.databind.JsonNode;
import io.genrec.api.GenRecException;
import java.lang.reflect.Constructor;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.ParameterizedType;
import java.lang.reflect.RecordComponent;
import java.lang.reflect.Type;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** Turns a JSON tree into records; knows at each step the type, the value and the key's path. */
final class Binder {
  private static final int SHOWN = 120;

  private final String source;

  Binder(String source) {
    this.source = source;
  }

  Object bind(JsonNode node, Type type, JsonPointer at) {
    if (type instanceof ParameterizedType parameterized) {
      return parameterized.getRawType() == List.class
          ? list(node, parameterized.getActualTypeArguments()[0], at)
          : map(node, parameterized.getActualTypeArguments()[1], at);
    }
    Class<?> raw = Json.box((Class<?>) type);
    if (raw.isRecord()) {
      return record(node, raw, at);
    } else if (raw == StrictConfig.class) {
      return new StrictConfig(source, at, node);
    } else if (raw.isEnum()) {
      return constant(node, raw, at);
    }
    return scalar(node, raw, at);
  }

  private Object list(JsonNode node, Type element, JsonPointer at) {
    if (!node.isArray()) {
      throw invalid(at, node, "a list");
    }
    List<Object> list = new ArrayList<>();
    for (int i = 0; i < node.size(); i++) {
      list.add(bind(node.get(i), element, at.appendIndex(i)));
    }
    return Collections.unmodifiableList(list);
  }

  private Object map(JsonNode node, Type element, JsonPointer at) {
    if (!node.isObject()) {
      throw invalid(at, node, "an object");
    }
    Map<String, Object> map = new LinkedHashMap<>();
    node.properties()
        .forEach(
            e -> map.put(e.getKey(), bind(e.getValue(), element, at.appendProperty(e.getKey()))));
    return Collections.unmodifiableMap(map);
  }

  private Object constant(JsonNode node, Class<?> type, JsonPointer at) {
    List<String> names = new ArrayList<>();
    for (Object constant : type.getEnumConstants()) {
      String name = Json.name((Enum<?>) constant);
      if (node.isTextual() && name.equals(node.textValue())) {
        return constant;
      }
      names.add(name);
    }
    throw invalid(
        at,
        node,
        "a name; " + GenRecException.knownNames(node.isTextual() ? node.textValue() : "", names));
  }

  private Object scalar(JsonNode node, Class<?> type, JsonPointer at) {
    if (type == String.class && node.isTextual()) {
      return node.textValue();
    } else if (type == Boolean.class && node.isBoolean()) {
      return node.booleanValue();
    } else if (type == Integer.class && node.isIntegralNumber() && node.canConvertToInt()) {
      return node.intValue();
    } else if (type == Long.class && node.isIntegralNumber() && node.canConvertToLong()) {
      return node.longValue();
    } else if (type == Double.class && node.isNumber() && Double.isFinite(node.doubleValue())) {
      return node.doubleValue();
    } else if (type == Float.class && node.isNumber() && Float.isFinite(node.floatValue())) {
      return node.floatValue();
    }
    throw invalid(at, node, expected(type));
  }

  private static String expected(Type type) {
    if (!(type instanceof Class<?> raw)) {
      return ((ParameterizedType) type).getRawType() == List.class ? "a list" : "an object";
    }
    Class<?> boxed = Json.box(raw);
    if (boxed == String.class) {
      return "a string";
    } else if (boxed == Boolean.class) {
      return "true or false";
    } else if (boxed == Integer.class) {
      return "an integer from " + Integer.MIN_VALUE + " to " + Integer.MAX_VALUE;
    } else if (boxed == Long.class) {
      return "an integer of at most 64 bits";
    } else if (boxed == Double.class || boxed == Float.class) {
      return "a finite number";
    } else if (boxed.isEnum()) {
      return Arrays.stream(boxed.getEnumConstants())
          .map(constant -> Json.name((Enum<?>) constant))
          .collect(Collectors.joining(", ", "one of ", ""));
    } else if (boxed.isRecord()) {
      return "an object with the keys " + String.join(", ", names(boxed));
    } else if (boxed == StrictConfig.class) {
      return "a value";
    }
    throw new IllegalStateException("configuration records cannot have a component of " + type);
  }

  private static List<String> names(Class<?> record) {
    return Arrays.stream(record.getRecordComponents()).map(RecordComponent::getName).toList();
  }

  private Object record(JsonNode node, Class<?> type, JsonPointer at) {
    if (!node.isObject()) {
      throw invalid(at, node, expected(type));
    }
    List<String> known = names(type);
    for (Map.Entry<String, JsonNode> entry : node.properties()) {
      if (!known.contains(entry.getKey())) {
        throw new GenRecException(
            "UnknownKey",
            "unknown key \""
                + entry.getKey()
                + "\" with the value "
                + show(entry.getValue())
                + place(source, at.appendProperty(entry.getKey()))
                + "; "
                + GenRecException.knownNames(entry.getKey(), known));
      }
    }
    RecordComponent[] components = type.getRecordComponents();
    @Nullable Object[] values = new Object[components.length];
    for (int i = 0; i < components.length; i++) {
      values[i] = component(node, components[i], at);
    }
    return construct(type, values, node, at);
  }

  private @Nullable Object component(JsonNode node, RecordComponent component, JsonPointer at) {
    String name = component.getName();
    JsonPointer where = at.appendProperty(name);
    JsonNode value = node.get(name);
    boolean nullable = component.getAnnotatedType().isAnnotationPresent(Nullable.class);
    Default fallback = component.getAnnotation(Default.class);
    if (value == null && fallback != null) {
      value = defaultOf(component, fallback.value());
    } else if (value == null && !nullable) {
      throw missing(source, where, expected(component.getGenericType()), List.copyOf(keysOf(node)));
    }
    if (value == null || (value.isNull() && nullable)) {
      return null;
    }
    return bind(value, component.getGenericType(), where);
  }

  private static JsonNode defaultOf(RecordComponent component, String text) {
    boolean bare = component.getType() == String.class || component.getType().isEnum();
    return bare
        ? Json.of(text)
        : Json.parse("@Default of " + component.getDeclaringRecord().getName(), text);
  }

  private Object construct(
      Class<?> type, @Nullable Object[] values, JsonNode node, JsonPointer at) {
    Class<?>[] types =
        Arrays.stream(type.getRecordComponents())
            .map(RecordComponent::getType)
            .toArray(Class<?>[]::new);
    try {
      Constructor<?> constructor = type.getDeclaredConstructor(types);
      constructor.setAccessible(true);
      return constructor.newInstance(values);
    } catch (InvocationTargetException e) {
      throw refused(e.getCause(), type, node, at);
    } catch (ReflectiveOperationException e) {
      throw new IllegalStateException("cannot construct " + type, e);
    }
  }

  /** What a record's own constructor refused, at the component that its message begins with. */
  private RuntimeException refused(
      @Nullable Throwable cause, Class<?> type, JsonNode node, JsonPointer at) {
    if (cause instanceof Error error) {
      throw error;
    } else if (!(cause instanceof GenRecException || cause instanceof IllegalArgumentException)) {
      return new IllegalStateException("the constructor of " + type + " failed", cause);
    }
    String id = cause instanceof GenRecException refusal ? refusal.id() : "InvalidValue";
    String prefix = "[GR/" + id + "] ";
    String text = String.valueOf(cause.getMessage());
    String reason = text.startsWith(prefix) ? text.substring(prefix.length()) : text;
    String blamed = reason.split("[^A-Za-z0-9_]", 2)[0];
    boolean known = names(type).contains(blamed);
    JsonPointer where = known ? at.appendProperty(blamed) : at;
    JsonNode value = known ? node.get(blamed) : node;
    String shown = value == null ? "its default" : show(value);
    return new GenRecException(id, "value " + shown + place(source, where) + ": " + reason, cause);
  }

  private GenRecException invalid(JsonPointer at, JsonNode value, String expected) {
    return new GenRecException(
        "InvalidValue", "value " + show(value) + place(source, at) + "; expected " + expected);
  }

  static GenRecException missing(
      String source, JsonPointer at, String expected, Collection<String> present) {
    String key = at.last() == null ? "" : at.last().getMatchingProperty();
    return new GenRecException(
        "MissingKey",
        "missing key \""
            + key
            + "\""
            + place(source, at)
            + "; expected "
            + expected
            + "; present: "
            + (present.isEmpty() ? "no keys" : String.join(", ", present)));
  }

  private static List<String> keysOf(JsonNode node) {
    List<String> keys = new ArrayList<>();
    node.fieldNames().forEachRemaining(keys::add);
    return keys;
  }

  private static String place(String source, JsonPointer at) {
    return " at " + (at.matches() ? "the top level" : at.toString()) + " of " + source;
  }

  private static String show(JsonNode value) {
    String text = value.toString();
    return text.length() <= SHOWN ? text : text.substring(0, SHOWN) + "...";
  }
}
