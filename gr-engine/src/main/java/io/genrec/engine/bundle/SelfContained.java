package io.genrec.engine.bundle;

import io.genrec.api.GenRecException;
import io.genrec.api.sequence.Schema;
import io.genrec.api.storage.IfExists;
import io.genrec.engine.model.Model;
import io.genrec.engine.model.TableParts;
import io.genrec.engine.onnx.OnnxExport;
import io.genrec.engine.onnx.Precision;
import io.genrec.engine.program.Program;
import io.genrec.engine.storage.BundleFiles;
import io.genrec.engine.storage.BundleReader;
import io.genrec.engine.storage.BundleWriter;
import io.genrec.engine.storage.SafeTensors;
import io.genrec.engine.wiring.Registry;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import org.apiguardian.api.API;

/**
 * A model for any ONNX Runtime, without GenRec: a folder with {@code model.onnx}, which is {@link
 * Model#recommend} with all values inside, and the values in {@code weights.bin}. Rows of events go
 * in, the best rows and their scores come out; {@code docs/bundle.md} describes every input.
 *
 * <p>Values are streamed from the bundle, so neither their total nor a table is limited by memory
 * or by 2 GiB: a table of 1 GiB or more becomes several tensors whose best rows are merged.
 */
@API(status = API.Status.EXPERIMENTAL, since = "0.1")
public final class SelfContained {
  /** The graph. */
  public static final String MODEL = "model.onnx";

  /** Its values. */
  public static final String WEIGHTS = "weights.bin";

  /** The metadata key of the model's version, {@link ModelBundle#version}. */
  public static final String VERSION_KEY = "genrec.model_version";

  /** The metadata key of the largest {@code k}. */
  public static final String MAX_K_KEY = "genrec.max_k";

  private static final long MAX_PART_BYTES = (1L << 30) - 1;

  private SelfContained() {}

  /**
   * Exports a bundle, all or nothing.
   *
   * @param bundle a model bundle
   * @param target the folder to make
   * @param ifExists what to do if it is there already
   * @param registry has the bundle's encoder and task
   * @throws GenRecException as {@link ModelBundle#open}; {@code [GR/OutputExists]}, {@code
   *     [GR/WriteFailed]}
   */
  public static void write(Path bundle, Path target, IfExists ifExists, Registry registry) {
    write(bundle, target, ifExists, registry, MAX_PART_BYTES);
  }

  static void write(
      Path bundle, Path target, IfExists ifExists, Registry registry, long maxPartBytes) {
    BundleReader reader = BundleReader.open(bundle);
    Model model = BundledModel.of(reader, registry).model();
    try (SafeTensors weights = reader.weights();
        BundleWriter writer = BundleWriter.create(target, ifExists)) {
      Weights.check(reader.path(BundleFiles.WEIGHTS), weights, model);
      writer.model(reader.card());
      writeModel(model, maxPartBytes, 0, weights, ModelBundle.version(reader), writer);
      for (Schema.Feature feature : model.schema().vocabularies()) {
        String vocabulary = BundleFiles.vocabulary(feature.name());
        writer.copy(vocabulary, reader.path(vocabulary));
      }
      writer.finish();
    }
  }

  /**
   * Writes graph and values.
   *
   * @param start the offset of the first value, at least
   */
  static void writeModel(
      Model model,
      long maxPartBytes,
      long start,
      SafeTensors weights,
      String version,
      BundleWriter writer) {
    TableParts parts = new TableParts(model, maxPartBytes);
    Program program = Program.of(model.recommend(parts));
    ExternalWeights values = new ExternalWeights(WEIGHTS, program, model, parts, start);
    OnnxExport export = new OnnxExport(Precision.FLOAT32);
    values.declareIn(export);
    export.metadata(VERSION_KEY, version);
    export.metadata(MAX_K_KEY, Long.toString(parts.maxItems()));
    byte[] onnx = export.bytes(program);
    writer.file(MODEL, out -> out.write(onnx));
    try (FileChannel out =
        FileChannel.open(
            writer.path(WEIGHTS), StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
      values.write(weights, out);
    } catch (IOException e) {
      throw new GenRecException(
          "WriteFailed",
          "cannot write " + WEIGHTS + ": " + e + "; nothing is left behind; check free space",
          e);
    }
  }
}
