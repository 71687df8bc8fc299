package io.genrec.engine.wiring;

import io.genrec.api.GenRecException;
import io.genrec.api.config.StrictConfig;
import io.genrec.api.graph.ShapeException;
import java.util.function.Supplier;

/**
 * A configuration such as {@code {"name": "hstu", "blocks": 2}}: the name chooses a factory, the
 * other keys are the factory's configuration record.
 *
 * @param factory the factory of the name
 * @param what for messages: {@code encoder "hstu" at /encoder of run.json}
 * @param rest the configuration without the name
 * @param <F> the type of factory
 */
record NamedConfig<F>(F factory, String what, StrictConfig rest) {
  /** The key that holds the name. */
  static final String NAME = "name";

  static <F> NamedConfig<F> of(StrictConfig config, Catalogue<F> catalogue) {
    String word = catalogue.kind().word();
    String place = config.pointer() + "/" + NAME + " of " + config.source();
    if (!config.has(NAME)) {
      throw new GenRecException(
          "MissingKey",
          "missing key \"name\" at "
              + place
              + "; expected an object with the name of "
              + (catalogue.kind() == Kind.ENCODER ? "an " : "a ")
              + word
              + "; "
              + catalogue.choices(""));
    }
    String name = config.at("/" + NAME).as(String.class);
    F factory = catalogue.find(name, " at " + place);
    String at = config.pointer().isEmpty() ? "the top level" : config.pointer();
    return new NamedConfig<>(
        factory,
        word + " \"" + name + "\" at " + at + " of " + config.source(),
        config.without(NAME));
  }

  /** Adds to a factory's refusal which configuration it is about; its id stays. */
  <T> T make(Supplier<T> construction) {
    try {
      return construction.get();
    } catch (GenRecException e) {
      String prefix = "[GR/" + e.id() + "] ";
      String text = String.valueOf(e.getMessage());
      String reason = text.startsWith(prefix) ? text.substring(prefix.length()) : text;
      throw new GenRecException(e.id(), what + ": " + reason, e);
    } catch (ShapeException e) {
      throw e; // an error of the factory's code, which no configuration can cure
    } catch (IllegalArgumentException e) {
      throw new GenRecException("InvalidValue", what + ": " + e.getMessage(), e);
    }
  }
}
