package io.genrec.engine.optimizer;

import io.genrec.api.GenRecException;
import io.genrec.api.graph.Initializer;
import io.genrec.api.graph.Parameter;
import io.genrec.api.sequence.Batch.Column;
import java.nio.ByteBuffer;
import java.nio.FloatBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import org.apache.arrow.memory.BufferAllocator;
import org.apiguardian.api.API;

/**
 * The values of a model's parameters: 32-bit reals in native byte order outside the heap, where
 * graphs read them in place. All are 0 until {@link #initialise} or {@link #copyIn}.
 *
 * <p>Owns its memory until it is closed. Any number of threads may read while none writes.
 */
@API(status = API.Status.STABLE, since = "0.1")
public final class ParameterStore implements AutoCloseable {
  private static final int CHUNK = 1024;

  private final Map<String, Parameter> parameters = new LinkedHashMap<>();
  private final Map<String, OffHeap> values = new LinkedHashMap<>();

  /**
   * Takes memory for parameters.
   *
   * @param parameters each once, or the same object several times
   * @param memory where the memory comes from
   * @throws GenRecException {@code DuplicateParameter} if two have one name, {@code TableTooLarge}
   *     if one takes more than 2 GiB
   */
  public ParameterStore(Collection<Parameter> parameters, BufferAllocator memory) {
    try {
      for (Parameter parameter : parameters) {
        add(parameter, memory);
      }
    } catch (RuntimeException | Error e) {
      close();
      throw e;
    }
  }

  private void add(Parameter parameter, BufferAllocator memory) {
    Parameter before = parameters.putIfAbsent(parameter.name(), parameter);
    if (before == null) {
      values.put(parameter.name(), OffHeap.floats(parameter.name(), memory, sizeOf(parameter)));
    } else if (!before.equals(parameter)) {
      throw new GenRecException(
          "DuplicateParameter",
          "two parameters have the name \""
              + parameter.name()
              + "\", of size "
              + before.size()
              + " and "
              + parameter.size()
              + "; give each its own scope, or share one Parameter object");
    }
  }

  /** The parameters in the order in which they were given. */
  public Collection<Parameter> parameters() {
    return Collections.unmodifiableCollection(parameters.values());
  }

  /**
   * A parameter by name.
   *
   * @throws GenRecException {@code UnknownParameter}
   */
  public Parameter parameter(String name) {
    Parameter parameter = parameters.get(name);
    if (parameter == null) {
      throw unknown(name, parameters.keySet());
    }
    return parameter;
  }

  /**
   * A parameter's values in place: a graph that reads the column sees each later change.
   *
   * @throws GenRecException {@code UnknownParameter}
   */
  public Column column(String name) {
    return memory(name).column();
  }

  /**
   * Draws all values anew, each parameter by its own initializer from a generator that is seeded by
   * the seed and the parameter's name: neither order nor other parameters matter.
   */
  public void initialise(long seed) {
    parameters.values().forEach(parameter -> initialise(parameter, seed));
  }

  private void initialise(Parameter parameter, long seed) {
    OffHeap memory = memory(parameter.name());
    SplittableRandom random = new SplittableRandom(seedOf(seed, parameter.name()));
    Initializer.Values source = parameter.initializer().values(memory.size(), random);
    float[] chunk = new float[CHUNK];
    for (long from = 0; from < memory.entries(); from += CHUNK) {
      int count = (int) Math.min(CHUNK, memory.entries() - from);
      for (int i = 0; i < count; i++) {
        chunk[i] = source.next();
      }
      memory.put(from, chunk, count);
    }
  }

  /** FNV-1a over the name, begun with the seed, then Stafford's 13th mix (SplitMix64's). */
  private static long seedOf(long seed, String name) {
    long hash = 0xcbf29ce484222325L ^ mix(seed);
    for (byte b : name.getBytes(StandardCharsets.UTF_8)) {
      hash = (hash ^ (b & 0xff)) * 0x100000001b3L;
    }
    return mix(hash);
  }

  private static long mix(long x) {
    long y = (x ^ (x >>> 30)) * 0xbf58476d1ce4e5b9L;
    long z = (y ^ (y >>> 27)) * 0x94d049bb133111ebL;
    return z ^ (z >>> 31);
  }

  /**
   * Writes a parameter's bytes, native order, row-major, at a buffer's position, which moves on.
   *
   * @throws GenRecException {@code UnknownParameter}; {@code WrongSize} if there is no room
   */
  public void copyOut(String name, ByteBuffer to) {
    OffHeap memory = memory(name);
    if (to.remaining() < memory.length()) {
      throw wrongSize(memory, to.remaining());
    }
    to.put(memory.column().bytes());
  }

  /**
   * Replaces a parameter's values by the bytes left in a buffer, whose position stays.
   *
   * @param from native order, row-major, exactly as many as the parameter has
   * @throws GenRecException {@code UnknownParameter}; {@code WrongSize}
   */
  public void copyIn(String name, ByteBuffer from) {
    OffHeap memory = memory(name);
    if (from.remaining() != memory.length()) {
      throw wrongSize(memory, from.remaining());
    }
    memory.copyIn(from);
  }

  private GenRecException wrongSize(OffHeap memory, long bytes) {
    return new GenRecException(
        "WrongSize",
        "parameter \""
            + memory.name()
            + "\" of size "
            + parameter(memory.name()).size()
            + " takes "
            + memory.length()
            + " bytes but the buffer has "
            + bytes
            + "; use the model that the values were made for");
  }

  /**
   * Copies rows of a table.
   *
   * @param table the parameter's name
   * @param rows which rows, in any order, also repeatedly
   * @param out {@code [rows.length, dim]} is written from its position, which moves on
   * @throws GenRecException {@code UnknownParameter}; {@code NoSuchRow}
   */
  public void gatherRows(String table, long[] rows, FloatBuffer out) {
    OffHeap memory = memory(table);
    int dim = rowEntries(parameter(table));
    long end = rows(parameter(table));
    for (long row : rows) {
      check(table, row, end);
      memory.get(row * dim, out, out.position(), dim);
      out.position(out.position() + dim);
    }
  }

  /**
   * Replaces rows of a table.
   *
   * @param table the parameter's name
   * @param rows which rows, each once
   * @param in {@code [rows.length, dim]} is read from its position, which moves on
   * @throws GenRecException {@code UnknownParameter}; {@code NoSuchRow}
   */
  public void putRows(String table, long[] rows, FloatBuffer in) {
    OffHeap memory = memory(table);
    int dim = rowEntries(parameter(table));
    long end = rows(parameter(table));
    for (long row : rows) {
      check(table, row, end);
      memory.put(row * dim, in, in.position(), dim);
      in.position(in.position() + dim);
    }
  }

  private static void check(String table, long row, long end) {
    if (row < 0 || row >= end) {
      throw noSuchRow(table, row, end);
    }
  }

  static GenRecException noSuchRow(String table, long row, long rows) {
    return new GenRecException(
        "NoSuchRow",
        "row "
            + row
            + " of table \""
            + table
            + "\" was asked for, which has rows 0 to "
            + (rows - 1)
            + "; was the data made with another vocabulary?");
  }

  /** The rows of a parameter; a single number is one row. */
  static long rows(Parameter parameter) {
    return parameter.size().isEmpty() ? 1 : parameter.size().get(0);
  }

  /** A parameter's size as an array. */
  static long[] sizeOf(Parameter parameter) {
    return parameter.size().stream().mapToLong(axis -> axis).toArray();
  }

  /** The values of one row of a parameter. */
  static int rowEntries(Parameter parameter) {
    List<Long> size = parameter.size();
    return Math.toIntExact(size.stream().skip(1).reduce(1L, Math::multiplyExact));
  }

  OffHeap memory(String name) {
    OffHeap memory = values.get(name);
    if (memory == null) {
      throw unknown(name, values.keySet());
    }
    return memory;
  }

  static GenRecException unknown(String name, Collection<String> known) {
    return new GenRecException(
        "UnknownParameter",
        "there is no parameter \"" + name + "\"; " + GenRecException.knownNames(name, known));
  }

  @Override
  public void close() {
    List<OffHeap> open = new ArrayList<>(values.values());
    values.clear();
    open.forEach(OffHeap::close);
  }
}
