package io.genrec.engine.bundle;

import io.genrec.api.graph.Parameter;
import io.genrec.engine.model.Model;
import io.genrec.engine.model.TableParts;
import io.genrec.engine.onnx.OnnxExport;
import io.genrec.engine.onnx.OnnxExport.ExternalData;
import io.genrec.engine.program.Program;
import io.genrec.engine.storage.SafeTensors;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Where the values of a graph's parameters stand in one file beside the model, as ONNX external
 * data: 32-bit reals, little-endian, each parameter at a multiple of 4096 bytes, so that runtimes
 * can map it. Offsets are 64-bit; nothing of the file's size is held in memory.
 */
final class ExternalWeights {
  private static final long ALIGNMENT = 4096;
  private static final int CHUNK_BYTES = 1 << 20;

  private final String file;
  private final List<Piece> pieces = new ArrayList<>();
  private long end;

  /**
   * One initializer.
   *
   * @param input its name in the graph
   * @param tensor the stored tensor that its values are in
   * @param from the first byte within the tensor
   * @param bytes how many bytes
   * @param size entries per axis
   * @param offset the first byte within the file
   */
  record Piece(String input, String tensor, long from, long bytes, List<Long> size, long offset) {}

  /**
   * Lays the values out.
   *
   * @param file the file's name, beside the model
   * @param program says which parameters, or parts of tables, are needed
   * @param start the offset of the first one, at least
   */
  ExternalWeights(String file, Program program, Model model, TableParts parts, long start) {
    this.file = file;
    this.end = start;
    Map<String, TableParts.Part> tables = new LinkedHashMap<>();
    parts.parts().values().forEach(list -> list.forEach(part -> tables.put(name(part), part)));
    for (String input : program.inputs().keySet()) {
      TableParts.Part part = tables.get(input);
      Parameter parameter = model.parameters().get(input);
      if (part != null) {
        long row = part.table().size().get(1) * Float.BYTES;
        add(part.parameter(), part.table().name(), Math.multiplyExact(part.firstRow(), row));
      } else if (parameter != null) {
        add(parameter, input, 0);
      }
    }
  }

  private static String name(TableParts.Part part) {
    return part.parameter().name();
  }

  private void add(Parameter values, String tensor, long from) {
    long offset = (end + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
    long bytes = Math.multiplyExact(values.entries(), Float.BYTES);
    pieces.add(new Piece(values.name(), tensor, from, bytes, values.size(), offset));
    end = Math.addExact(offset, bytes);
  }

  /** The initializers in the order of their bytes. */
  List<Piece> pieces() {
    return List.copyOf(pieces);
  }

  /** Makes the parameters initializers. */
  void declareIn(OnnxExport export) {
    for (Piece piece : pieces) {
      export.external(
          piece.input(), new ExternalData(file, piece.offset(), piece.bytes(), piece.size()));
    }
  }

  /** Writes the file, a small chunk at a time. */
  void write(SafeTensors weights, FileChannel out) throws IOException {
    ByteBuffer chunk = ByteBuffer.allocateDirect(CHUNK_BYTES);
    for (Piece piece : pieces) {
      for (long done = 0; done < piece.bytes(); done += chunk.limit()) {
        chunk.clear().limit((int) Math.min(CHUNK_BYTES, piece.bytes() - done));
        weights.read(piece.tensor(), piece.from() + done, chunk);
        chunk.flip();
        for (long at = piece.offset() + done; chunk.hasRemaining(); ) {
          at += out.write(chunk, at);
        }
      }
    }
  }
}
