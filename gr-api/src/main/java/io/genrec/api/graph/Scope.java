package io.genrec.api.graph;

import io.genrec.api.GenRecException;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import org.apiguardian.api.API;

/**
 * A place in a model where parameters and dropout sites are declared, once, by name. Names are
 * unique in the whole model.
 *
 * <pre>{@code
 * Scope layer = scope.child("layer0");
 * Parameter w = layer.parameter("uvqk", Initializer.normal(0.02), 64, 256); // hstu/layer0/uvqk
 * Dropout d = layer.dropout("out", 0.2);
 * }</pre>
 */
@API(status = API.Status.STABLE, since = "0.1")
public final class Scope {
  private final String path;
  private final Map<String, Parameter> parameters;
  private final Map<String, Dropout> dropouts;

  private Scope(String path, Map<String, Parameter> parameters, Map<String, Dropout> dropouts) {
    this.path = path;
    this.parameters = parameters;
    this.dropouts = dropouts;
  }

  /** The scope of a new model. */
  public static Scope root() {
    return new Scope("", new LinkedHashMap<>(), new LinkedHashMap<>());
  }

  /** A scope within this one. */
  public Scope child(String name) {
    return new Scope(path(name), parameters, dropouts);
  }

  private String path(String name) {
    return path.isEmpty() ? name : path + "/" + name;
  }

  /** The path of this scope, empty for the root. */
  public String path() {
    return path;
  }

  /**
   * Declares dense weights.
   *
   * @throws GenRecException {@code [GR/DuplicateParameter]} if the name is taken
   */
  public Parameter parameter(String name, Initializer initializer, long... size) {
    return declare(Parameter.dense(path(name), initializer, size));
  }

  /**
   * Declares a table of rows.
   *
   * @throws GenRecException {@code [GR/DuplicateParameter]} if the name is taken
   */
  public Parameter embedding(String name, Initializer initializer, long rows, long dim) {
    return declare(Parameter.embedding(path(name), initializer, rows, dim));
  }

  private Parameter declare(Parameter parameter) {
    if (parameters.putIfAbsent(parameter.name(), parameter) != null) {
      throw new GenRecException(
          "DuplicateParameter",
          "the model declares two parameters called \""
              + parameter.name()
              + "\"; give each its own child scope");
    }
    return parameter;
  }

  /**
   * Declares a place where entries are dropped in training.
   *
   * @param rate the share of entries that become 0; the others are divided by 1 - rate
   * @throws GenRecException {@code [GR/DuplicateDropout]} if the name is taken
   * @throws IllegalArgumentException unless 0 &lt;= rate &lt; 1
   */
  public Dropout dropout(String name, double rate) {
    Dropout dropout = new Dropout(path(name), rate);
    if (dropouts.putIfAbsent(dropout.site(), dropout) != null) {
      throw new GenRecException(
          "DuplicateDropout",
          "the model declares two dropout sites called \"" + dropout.site() + "\"");
    }
    return dropout;
  }

  /** All parameters of the model by name, in the order of their declaration. */
  public Map<String, Parameter> parameters() {
    return Collections.unmodifiableMap(parameters);
  }
}
