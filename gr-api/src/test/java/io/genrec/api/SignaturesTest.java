package io.genrec.api;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.lang.reflect.Executable;
import java.lang.reflect.Field;
import java.lang.reflect.Member;
import java.lang.reflect.Modifier;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.apiguardian.api.API;
import org.junit.jupiter.api.Test;

/**
 * What plug-ins can see of this module equals the committed list, so that no change of it goes
 * unnoticed. {@code mvn test -pl gr-api -Dtest=SignaturesTest -Dgenrec.signatures=accept} writes
 * the list anew.
 */
class SignaturesTest {
  private static final Path LIST = Path.of("src/test/resources/io/genrec/api/signatures.txt");

  @Test
  void theListIsThatOfTheCode() throws Exception {
    List<String> found = signatures();
    if ("accept".equals(System.getProperty("genrec.signatures"))) {
      Files.write(LIST, found);
    }
    List<String> committed = Files.readAllLines(LIST);
    assertThat(committed).hasSizeGreaterThan(500);
    List<String> gone = new ArrayList<>(committed);
    gone.removeAll(found);
    List<String> added = new ArrayList<>(found);
    added.removeAll(committed);
    assertThat(List.of(gone, added))
        .as("signatures that are gone, and new ones; if that is wanted, write the list anew")
        .containsExactly(List.of(), List.of());
  }

  private static List<String> signatures() throws Exception {
    Path root =
        Path.of(GenRecException.class.getProtectionDomain().getCodeSource().getLocation().toURI());
    List<String> lines = new ArrayList<>();
    for (Class<?> type : types(root)) {
      if (visible(type)) {
        lines.add(describe(type));
        members(type).map(member -> "  " + describe(member)).sorted().forEach(lines::add);
      }
    }
    return lines;
  }

  private static List<Class<?>> types(Path root) throws IOException, ClassNotFoundException {
    List<Class<?>> types = new ArrayList<>();
    try (Stream<Path> files = Files.walk(root)) {
      for (Path file : files.sorted().toList()) {
        String name = root.relativize(file).toString().replace('\\', '/');
        if (name.endsWith(".class") && !name.endsWith("package-info.class")) {
          String type = name.substring(0, name.length() - ".class".length()).replace('/', '.');
          types.add(Class.forName(type, false, SignaturesTest.class.getClassLoader()));
        }
      }
    }
    return types;
  }

  /** Public, and so is everything around it. */
  private static boolean visible(Class<?> type) {
    boolean open =
        Modifier.isPublic(type.getModifiers()) || Modifier.isProtected(type.getModifiers());
    Class<?> outer = type.getEnclosingClass();
    return open && !type.isAnonymousClass() && (outer == null || visible(outer));
  }

  private static Stream<? extends Member> members(Class<?> type) {
    Stream<Executable> executables =
        Stream.concat(
            Arrays.stream(type.getDeclaredConstructors()),
            Arrays.stream(type.getDeclaredMethods()));
    return Stream.concat(executables, Arrays.stream(type.getDeclaredFields()))
        .filter(member -> !member.isSynthetic())
        .filter(
            member ->
                Modifier.isPublic(member.getModifiers())
                    || Modifier.isProtected(member.getModifiers()));
  }

  private static String describe(Class<?> type) {
    List<String> parents = new ArrayList<>();
    if (type.getGenericSuperclass() != null) {
      parents.add(type.getGenericSuperclass().getTypeName());
    }
    Arrays.stream(type.getGenericInterfaces()).forEach(parent -> parents.add(parent.getTypeName()));
    parents.remove("java.lang.Object");
    String from = parents.isEmpty() ? "" : " < " + String.join(", ", parents);
    API label = type.getAnnotation(API.class);
    return (label == null ? "" : label.status() + " ") + type.toGenericString() + from;
  }

  private static String describe(Member member) {
    return member instanceof Field field
        ? field.toGenericString()
        : ((Executable) member).toGenericString();
  }
}
