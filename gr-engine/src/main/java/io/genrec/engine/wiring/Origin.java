package io.genrec.engine.wiring;

import java.net.URI;
import java.net.URL;
import java.nio.file.FileSystemNotFoundException;
import java.nio.file.Path;
import java.security.CodeSource;

/** Where code came from, as messages call it. */
final class Origin {
  private Origin() {}

  /** The jar or folder of a class, and the class. */
  static String of(Class<?> type) {
    // A lambda's own name tells nothing; the class that wrote it does.
    String name = type.isHidden() ? type.getNestHost().getName() : type.getName();
    CodeSource source = type.getProtectionDomain().getCodeSource();
    URL location = source == null ? null : source.getLocation();
    return location == null ? name : readable(location.toString()) + " (" + name + ")";
  }

  /** The jar or folder that a resource stands in. */
  static String of(URL resource, String name) {
    String text = resource.toString();
    String place = text.endsWith(name) ? text.substring(0, text.length() - name.length()) : text;
    if (place.startsWith("jar:")) {
      place = place.substring("jar:".length());
    }
    return readable(place.endsWith("!/") ? place.substring(0, place.length() - 2) : place);
  }

  private static String readable(String location) {
    // A location need not be a file, nor a well-formed URI, when the loader is an application's.
    try {
      return Path.of(URI.create(location)).toString();
    } catch (IllegalArgumentException | FileSystemNotFoundException e) {
      return location;
    }
  }
}
