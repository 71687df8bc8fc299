package io.genrec.engine.transfer;

import io.genrec.api.storage.VocabularyFile;
import io.genrec.engine.bundle.ModelBundle;
import io.genrec.engine.storage.BundleFiles;
import io.genrec.engine.storage.BundleReader;
import io.genrec.engine.storage.SafeTensors;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import org.apache.arrow.memory.BufferAllocator;
import org.apiguardian.api.API;

/**
 * A model bundle whose values another model begins with. Only its files are read, so the plug-in of
 * its encoder need not be there.
 *
 * <p>Keeps the file of values open until it is closed. Not thread-safe.
 */
@API(status = API.Status.EXPERIMENTAL, since = "0.1")
public final class TransferSource implements AutoCloseable {
  private final BundleReader bundle;
  private final SafeTensors weights;
  private final BufferAllocator memory;
  private final Map<String, VocabularyFile> vocabularies = new HashMap<>();

  private TransferSource(BundleReader bundle, SafeTensors weights, BufferAllocator memory) {
    this.bundle = bundle;
    this.weights = weights;
    this.memory = memory;
  }

  /**
   * Opens a bundle.
   *
   * @throws io.genrec.api.GenRecException {@code [GR/MissingBundle]}, {@code [GR/CorruptBundle]},
   *     {@code [GR/UnsupportedBundle]}
   */
  public static TransferSource open(Path directory, BufferAllocator memory) {
    BundleReader bundle = BundleReader.open(directory);
    return new TransferSource(bundle, bundle.weights(), memory);
  }

  /** A bundle with the values of a checkpoint of the same run, closed with this. */
  static TransferSource of(BundleReader bundle, SafeTensors weights, BufferAllocator memory) {
    return new TransferSource(bundle, weights, memory);
  }

  /** Which model this is, as {@link ModelBundle#version} says. */
  public String version() {
    return ModelBundle.version(bundle);
  }

  /** The values. */
  SafeTensors weights() {
    return weights;
  }

  /** The raw ids of a feature's table. */
  VocabularyFile vocabulary(String feature) {
    return vocabularies.computeIfAbsent(
        feature, name -> VocabularyFile.read(bundle.path(BundleFiles.vocabulary(name)), memory));
  }

  @Override
  public void close() {
    weights.close();
  }
}
