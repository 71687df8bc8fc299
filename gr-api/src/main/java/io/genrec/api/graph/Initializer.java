package io.genrec.api.graph;

import java.util.random.RandomGenerator;
import org.apiguardian.api.API;

/** How a parameter's first values are drawn. */
@API(status = API.Status.STABLE, since = "0.1")
@FunctionalInterface
public interface Initializer {
  /**
   * A source of values, in row-major order.
   *
   * @param size entries per axis
   * @param random the generator to draw from
   */
  Values values(long[] size, RandomGenerator random);

  /** Gives one value per call. */
  @FunctionalInterface
  interface Values {
    /** The next value. */
    float next();
  }

  /** All entries equal. */
  static Initializer constant(double value) {
    return (size, random) -> () -> (float) value;
  }

  /** All entries 0. */
  static Initializer zeros() {
    return constant(0);
  }

  /** All entries 1. */
  static Initializer ones() {
    return constant(1);
  }

  /** Normal with mean 0. */
  static Initializer normal(double deviation) {
    return (size, random) -> () -> (float) (random.nextGaussian() * deviation);
  }

  /** Normal with mean 0, drawn again while beyond two deviations. */
  static Initializer truncatedNormal(double deviation) {
    return (size, random) ->
        () -> {
          double z = random.nextGaussian();
          while (Math.abs(z) >= 2) {
            z = random.nextGaussian();
          }
          return (float) (z * deviation);
        };
  }

  /** Uniform between -bound and bound. */
  static Initializer uniform(double bound) {
    return (size, random) -> () -> (float) ((2 * random.nextDouble() - 1) * bound);
  }

  /** Normal with variance 2 / (rows + columns) of a matrix (Glorot and Bengio 2010). */
  static Initializer xavierNormal() {
    return (size, random) -> normal(Math.sqrt(2.0 / (size[0] + size[1]))).values(size, random);
  }

  /** Uniform with bound sqrt(6 / (rows + columns)) of a matrix (Glorot and Bengio 2010). */
  static Initializer xavierUniform() {
    return (size, random) -> uniform(Math.sqrt(6.0 / (size[0] + size[1]))).values(size, random);
  }
}
