package io.genrec.engine.storage;

import io.genrec.api.GenRecException;
import io.genrec.api.config.StrictConfig;
import io.genrec.api.storage.Leftovers;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.apiguardian.api.API;

/**
 * A model bundle that was checked whole: its format version is known and every file is as it was
 * written. Immutable and thread-safe; holds nothing open.
 */
@API(status = API.Status.STABLE, since = "0.1")
public final class BundleReader {
  private final Path directory;
  private final Manifest manifest;
  private final ModelCard card;

  private BundleReader(Path directory, Manifest manifest, ModelCard card) {
    this.directory = directory;
    this.manifest = manifest;
    this.card = card;
  }

  /**
   * Opens a bundle: the format version first, so that a newer bundle is named as such, then every
   * checksum.
   *
   * @param directory the bundle
   * @throws GenRecException {@code MissingBundle} if there is no such directory; {@code
   *     UnsupportedBundle} for another format version; {@code CorruptBundle} for a missing,
   *     truncated or altered file; {@code UnknownKey}, {@code MissingKey} or {@code InvalidValue}
   *     for a card that was edited by hand
   */
  public static BundleReader open(Path directory) {
    requireDirectory(directory);
    Manifest manifest = Manifest.read(directory);
    manifest.verify(directory, ModelCard.FILE);
    StrictConfig json = StrictConfig.read(directory.resolve(ModelCard.FILE));
    ModelCard.requireVersion(json.at("/formatVersion").as(Integer.class));
    ModelCard card = json.as(ModelCard.class);
    manifest.verify(directory);
    return new BundleReader(directory, manifest, card);
  }

  /** What the bundle says of its model. */
  public ModelCard card() {
    return card;
  }

  /** The bundle's files, without {@code checksums.json}. */
  public List<FileSum> files() {
    return manifest.files();
  }

  /** Whether the bundle has a file. */
  public boolean has(String name) {
    return manifest.find(name).isPresent();
  }

  /**
   * The path of a file of the bundle.
   *
   * @param name for example {@link BundleFiles#VOCABULARY}
   * @throws GenRecException {@code MissingBundleFile} if the bundle was written without it
   */
  public Path path(String name) {
    if (!has(name)) {
      throw new GenRecException(
          "MissingBundleFile",
          "bundle "
              + directory
              + " has no file "
              + name
              + "; "
              + GenRecException.knownNames(name, files().stream().map(FileSum::name).toList()));
    }
    return directory.resolve(name);
  }

  /**
   * The path of an exported graph.
   *
   * @param name the graph's name, for example {@code score}
   * @throws GenRecException {@code MissingBundleFile}
   */
  public Path graph(String name) {
    return path(BundleFiles.graph(name));
  }

  /**
   * Opens the parameters; the caller closes them.
   *
   * @throws GenRecException {@code MissingBundleFile}, {@code CorruptTensors}
   */
  public SafeTensors weights() {
    return SafeTensors.open(path(BundleFiles.WEIGHTS));
  }

  /**
   * A JSON file of the bundle, to be read strictly.
   *
   * @throws GenRecException {@code MissingBundleFile}, {@code InvalidJson}
   */
  public StrictConfig json(String name) {
    return StrictConfig.read(path(name));
  }

  /** The bundle's directory. */
  public Path directory() {
    return directory;
  }

  private static void requireDirectory(Path directory) {
    try {
      Leftovers.recover(directory);
    } catch (IOException e) {
      throw TensorErrors.unreadable(directory, e);
    }
    if (!Files.isDirectory(directory)) {
      throw new GenRecException(
          "MissingBundle",
          "no model bundle at " + directory + "; give the directory that a training run wrote");
    }
  }
}
