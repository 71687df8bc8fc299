package io.genrec.engine.storage;

import io.genrec.api.GenRecException;
import io.genrec.api.config.StrictConfig;
import io.genrec.api.storage.AtomicDirectory;
import io.genrec.api.storage.Content;
import io.genrec.api.storage.IfExists;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Collection;
import java.util.Map;
import org.apiguardian.api.API;

/**
 * Writes a checksummed directory, all or nothing: a model bundle, or anything else that must be
 * believed later. Nothing appears at the target before {@link #finish}; without it nothing is left
 * behind.
 *
 * <pre>{@code
 * try (BundleWriter bundle = BundleWriter.create(target, IfExists.FAIL)) {
 *   bundle.model(card);
 *   bundle.weights(parameters);
 *   bundle.copy(BundleFiles.VOCABULARY, vocabularyFile);
 *   bundle.file(BundleFiles.graph("score"), out -> out.write(onnx));
 *   bundle.finish();
 * }
 * }</pre>
 *
 * <p>Names are paths below the directory with {@code /}; each is written once. Not thread-safe.
 */
@API(status = API.Status.STABLE, since = "0.1")
public final class BundleWriter implements AutoCloseable {
  private final Path target;
  private final AtomicDirectory directory;

  private BundleWriter(Path target, AtomicDirectory directory) {
    this.target = target;
    this.directory = directory;
  }

  /**
   * Starts a directory.
   *
   * @param target where it will appear
   * @param ifExists what to do if it is there already
   * @throws GenRecException {@code OutputExists}, {@code WriteFailed}
   */
  public static BundleWriter create(Path target, IfExists ifExists) {
    return new BundleWriter(target, AtomicDirectory.create(target, ifExists));
  }

  /** Writes the model's card. */
  public void model(ModelCard card) {
    json(ModelCard.FILE, card);
  }

  /** Writes the parameters. */
  public void weights(Collection<? extends TensorSource> tensors) {
    tensors(BundleFiles.WEIGHTS, Map.of(), tensors);
  }

  /**
   * Writes a tensor file.
   *
   * @param name the file
   * @param metadata texts to store beside the tensors
   * @param tensors the tensors
   * @throws GenRecException {@code WriteFailed}, {@code DuplicateTensor}
   */
  public void tensors(
      String name, Map<String, String> metadata, Collection<? extends TensorSource> tensors) {
    write(
        name,
        path -> {
          try (FileChannel out =
              FileChannel.open(path, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
            SafeTensorsWriter.write(out, metadata, tensors);
          }
        });
  }

  /**
   * Writes a value as JSON, to be read strictly.
   *
   * @param name the file
   * @param value a record, list or map of the types that {@link StrictConfig} names
   * @throws GenRecException {@code WriteFailed}
   */
  public void json(String name, Object value) {
    file(name, out -> out.write(StrictConfig.toJson(value).getBytes(StandardCharsets.UTF_8)));
  }

  /**
   * Writes a file.
   *
   * @param name the file
   * @param content writes its bytes
   * @throws GenRecException {@code WriteFailed}
   */
  public void file(String name, Content<OutputStream> content) {
    write(
        name,
        path -> {
          try (OutputStream out =
              new BufferedOutputStream(
                  Files.newOutputStream(
                      path, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE))) {
            content.writeTo(out);
          }
        });
  }

  /**
   * Copies a file, for example a data set's vocabulary.
   *
   * @param name the file in the bundle
   * @param from the file to copy
   * @throws GenRecException {@code WriteFailed}
   */
  public void copy(String name, Path from) {
    write(name, path -> Files.copy(from, path));
  }

  /**
   * A path for writers that want one, such as ONNX external data; its directory is there.
   *
   * @param name the file
   * @throws GenRecException {@code WriteFailed}
   */
  public Path path(String name) {
    return at(name);
  }

  /**
   * Writes the checksums and gives the directory its name.
   *
   * @throws GenRecException {@code WriteFailed}, or {@code OutputExists} if the target has appeared
   *     in the meantime
   */
  public void finish() {
    try {
      Manifest.write(directory.path());
    } catch (IOException e) {
      throw failed(Manifest.FILE, e);
    }
    directory.commit();
  }

  /** Removes what was written if it was not finished. */
  @Override
  public void close() {
    directory.close();
  }

  private void write(String name, Content<Path> content) {
    try {
      content.writeTo(at(name));
    } catch (IOException e) {
      throw failed(name, e);
    }
  }

  private Path at(String name) {
    Path path = directory.path().resolve(FileNames.check(name));
    if (name.equals(Manifest.FILE)) {
      throw new IllegalArgumentException(name + " is written when the bundle is finished");
    }
    try {
      Path parent = path.getParent();
      if (parent != null) {
        Files.createDirectories(parent);
      }
    } catch (IOException e) {
      throw failed(name, e);
    }
    return path;
  }

  private GenRecException failed(String name, IOException cause) {
    return new GenRecException(
        "WriteFailed",
        "cannot write "
            + name
            + " of "
            + target
            + ": "
            + cause
            + "; nothing is left behind; check free space, permissions and that each name is"
            + " written once",
        cause);
  }
}
