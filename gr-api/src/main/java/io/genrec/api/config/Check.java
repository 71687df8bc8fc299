package io.genrec.api.config;

import org.apiguardian.api.API;

/**
 * Checks of values for the compact constructors of configuration records. A message begins with the
 * component's name, so {@link StrictConfig} reports it at that key.
 *
 * <pre>{@code
 * record GruConfig(@Default("1") int layers, @Default("0.2") double dropout) {
 *   GruConfig {
 *     Check.positive("layers", layers);
 *     Check.rate("dropout", dropout);
 *   }
 * }
 * }</pre>
 */
@API(status = API.Status.STABLE, since = "0.1")
public final class Check {
  private Check() {}

  /**
   * Refuses whole numbers below 1.
   *
   * @throws IllegalArgumentException naming the component and the value
   */
  public static void positive(String component, int value) {
    if (value < 1) {
      throw new IllegalArgumentException(component + " must be at least 1 but is " + value);
    }
  }

  /**
   * Refuses reals that are not above 0.
   *
   * @throws IllegalArgumentException naming the component and the value
   */
  public static void aboveZero(String component, double value) {
    if (!(value > 0)) {
      throw new IllegalArgumentException(component + " must be above 0 but is " + value);
    }
  }

  /**
   * Refuses what is no share of entries to drop: reals below 0, and 1 or more.
   *
   * @throws IllegalArgumentException naming the component and the value
   */
  public static void rate(String component, double value) {
    if (!(value >= 0 && value < 1)) {
      throw new IllegalArgumentException(
          component + " must be at least 0 and below 1 but is " + value);
    }
  }
}
