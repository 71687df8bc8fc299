package io.genrec.api.graph;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.function.ToLongFunction;
import java.util.stream.Collectors;
import org.apiguardian.api.API;

/**
 * The size of one axis: a number, a name, or a sum of products of both, such as {@code
 * batch*length} or {@code negatives+1}.
 *
 * <p>Two dimensions are equal when their canonical polynomials are; nothing is known of a name but
 * itself. Immutable.
 */
@API(status = API.Status.STABLE, since = "0.1")
public final class Dim {
  /** The literal one: the only dimension that broadcasts. */
  public static final Dim ONE = of(1);

  /**
   * Products of names (sorted, {@code *}-separated; empty for the constant) with their non-zero
   * coefficients.
   */
  private final TreeMap<String, Long> terms;

  private Dim(TreeMap<String, Long> terms) {
    terms.values().removeIf(coefficient -> coefficient == 0);
    this.terms = terms;
  }

  /** A number of entries. */
  public static Dim of(long size) {
    TreeMap<String, Long> terms = new TreeMap<>();
    terms.put("", size);
    return new Dim(terms);
  }

  /** A size that is known when the graph runs, for example {@code batch}. */
  public static Dim of(String name) {
    if (!name.matches("[A-Za-z_][A-Za-z0-9_/.-]*")) {
      throw new IllegalArgumentException(
          "a dimension's name is letters, digits and _ / . - but was \"" + name + "\"");
    }
    TreeMap<String, Long> terms = new TreeMap<>();
    terms.put(name, 1L);
    return new Dim(terms);
  }

  /** The sum of two sizes. */
  public Dim plus(Dim other) {
    TreeMap<String, Long> sum = new TreeMap<>(terms);
    other.terms.forEach((names, coefficient) -> sum.merge(names, coefficient, Long::sum));
    return new Dim(sum);
  }

  /** The difference of two sizes. */
  public Dim minus(Dim other) {
    return plus(other.times(of(-1)));
  }

  /** The product of two sizes. */
  public Dim times(Dim other) {
    TreeMap<String, Long> product = new TreeMap<>();
    terms.forEach(
        (a, x) -> other.terms.forEach((b, y) -> product.merge(join(a, b), x * y, Long::sum)));
    return new Dim(product);
  }

  private static String join(String a, String b) {
    List<String> names = new ArrayList<>(names(a));
    names.addAll(names(b));
    Collections.sort(names);
    return String.join("*", names);
  }

  private static List<String> names(String product) {
    return product.isEmpty() ? List.of() : List.of(product.split("\\*", -1));
  }

  /** Whether the size is a number. */
  public boolean isFixed() {
    return terms.isEmpty() || (terms.size() == 1 && terms.containsKey(""));
  }

  /** Whether the size is one name. */
  public boolean isName() {
    return terms.size() == 1
        && terms.firstEntry().getValue() == 1
        && names(terms.firstKey()).size() == 1;
  }

  /**
   * The number, if fixed.
   *
   * @throws IllegalStateException if the size is known only when the graph runs
   */
  public long size() {
    if (!isFixed()) {
      throw new IllegalStateException("dimension " + this + " has no fixed size");
    }
    return terms.getOrDefault("", 0L);
  }

  /** The number that this size has when each name has the given value. */
  public long size(ToLongFunction<String> values) {
    long sum = 0;
    for (Term term : polynomial()) {
      long product = term.coefficient();
      for (String name : term.names()) {
        product *= values.applyAsLong(name);
      }
      sum += product;
    }
    return sum;
  }

  /** One summand: a coefficient and the names that are multiplied with it. */
  public record Term(long coefficient, List<String> names) {}

  /** The summands in canonical order. */
  public List<Term> polynomial() {
    List<Term> list = new ArrayList<>();
    for (Map.Entry<String, Long> term : terms.entrySet()) {
      list.add(new Term(term.getValue(), names(term.getKey())));
    }
    return list;
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof Dim dim && terms.equals(dim.terms);
  }

  @Override
  public int hashCode() {
    return Objects.hash(terms);
  }

  /** For example {@code 4}, {@code batch}, {@code batch*length}, {@code 1+negatives}. */
  @Override
  public String toString() {
    if (terms.isEmpty()) {
      return "0";
    }
    return terms.entrySet().stream()
        .map(
            term -> {
              if (term.getKey().isEmpty()) {
                return Long.toString(term.getValue());
              }
              return term.getValue() == 1 ? term.getKey() : term.getValue() + "*" + term.getKey();
            })
        .collect(Collectors.joining("+"));
  }
}
