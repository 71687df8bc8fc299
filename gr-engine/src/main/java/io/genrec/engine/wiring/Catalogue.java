package io.genrec.engine.wiring;

import io.genrec.api.GenRecException;
import java.util.Collections;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.regex.Pattern;

/**
 * The factories of one kind by name. Immutable.
 *
 * @param <F> the type of factory
 */
final class Catalogue<F> {
  private static final String CURE = "on the class path or into the folder of plug-ins";

  private final Kind kind;
  private final SortedMap<String, F> factories;

  private Catalogue(Kind kind, SortedMap<String, F> factories) {
    this.kind = kind;
    this.factories = factories;
  }

  Kind kind() {
    return kind;
  }

  SortedMap<String, F> factories() {
    return factories;
  }

  /**
   * The factory of a name.
   *
   * @param place where the name stands, for example {@code " at /encoder/name of run.json"}; may be
   *     empty
   */
  F find(String name, String place) {
    F factory = factories.get(name);
    if (factory == null) {
      throw new GenRecException(
          kind.unknownId(),
          "unknown " + kind.word() + " \"" + name + "\"" + place + "; " + choices(name));
    }
    return factory;
  }

  /** What could have been meant instead of a name that is not known. */
  String choices(String name) {
    if (factories.isEmpty()) {
      return "no " + kind.word() + " is registered; put the jar of its plug-in " + CURE;
    }
    String known = GenRecException.knownNames(name, factories.keySet());
    boolean near = GenRecException.nearest(name, factories.keySet()).isPresent();
    return near || name.isEmpty()
        ? known
        : known + "; if a plug-in brings \"" + name + "\", put its jar " + CURE;
  }

  /** Collects factories and refuses names that come twice. */
  static final class Builder<F> {
    /** Names stand in configurations, reports and file names. */
    private static final Pattern NAME = Pattern.compile("[A-Za-z0-9][A-Za-z0-9._-]{0,63}");

    private final Kind kind;
    private final SortedMap<String, F> factories = new TreeMap<>();
    private final SortedMap<String, String> origins = new TreeMap<>();

    Builder(Kind kind) {
      this.kind = kind;
    }

    void add(String name, F factory, String origin) {
      if (!NAME.matcher(name).matches()) {
        throw new GenRecException(
            "BrokenPlugin",
            origin
                + " calls its "
                + kind.word()
                + " \""
                + name
                + "\"; a name is made of 1 to 64 letters, digits, '.', '_' and '-', and begins with"
                + " a letter or digit");
      }
      String other = origins.putIfAbsent(name, origin);
      if (other != null) {
        throw new GenRecException(
            "DuplicatePlugin",
            "the "
                + kind.word()
                + " \""
                + name
                + "\" comes twice: from "
                + other
                + " and from "
                + origin
                + "; leave one of them out or give it another name");
      }
      factories.put(name, factory);
    }

    Catalogue<F> build() {
      return new Catalogue<>(kind, Collections.unmodifiableSortedMap(new TreeMap<>(factories)));
    }
  }
}
