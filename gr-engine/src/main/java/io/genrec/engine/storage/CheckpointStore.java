package io.genrec.engine.storage;

import io.genrec.api.GenRecException;
import io.genrec.api.config.StrictConfig;
import io.genrec.api.storage.AtomicDirectory;
import io.genrec.api.storage.IfExists;
import io.genrec.api.storage.Leftovers;
import java.io.IOException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.Consumer;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apiguardian.api.API;

/**
 * A directory of checkpoints {@code step-000123/}, each written all or nothing and checksummed. A
 * process killed at any moment leaves the newest finished checkpoint loadable. One run writes to a
 * store at a time.
 */
@API(status = API.Status.STABLE, since = "0.1")
public final class CheckpointStore {
  static final String STATE = "state.json";
  static final String TENSORS = "state.safetensors";

  private static final Pattern NAME = Pattern.compile("step-([0-9]{6,18})");

  private final Path directory;
  private final int keep;
  private final Consumer<GenRecException> skipped;

  /**
   * A store. Nothing is read or written yet.
   *
   * @param directory where the checkpoints are; made by the first save
   * @param keep how many of the newest to keep, at least 1
   * @param skipped told about each damaged checkpoint that {@link #latest} passes over: a {@code
   *     CorruptCheckpoint} that names it
   */
  public CheckpointStore(Path directory, int keep, Consumer<GenRecException> skipped) {
    if (keep < 1) {
      throw new IllegalArgumentException("keep must be at least 1, found " + keep);
    }
    this.directory = directory;
    this.keep = keep;
    this.skipped = skipped;
  }

  /**
   * Writes a checkpoint, then deletes those older than the newest few. One of the same step is
   * replaced. Checkpoints of later steps are left alone: deleting could lose the only good one.
   *
   * @param state where the run stands
   * @param tensors parameters and optimizer moments, with different names
   * @throws GenRecException {@code WriteFailed}, {@code DuplicateTensor}; the checkpoints of before
   *     are untouched then
   */
  public void save(CheckpointState state, Collection<? extends TensorSource> tensors) {
    Path target = directory.resolve(String.format(Locale.ROOT, "step-%06d", state.step()));
    try (BundleWriter writer = BundleWriter.create(target, IfExists.REPLACE)) {
      writer.tensors(TENSORS, Map.of(), tensors);
      writer.json(STATE, state);
      writer.finish();
    }
    List<Path> upToThis = List.copyOf(checkpoints().headMap(state.step(), true).values());
    upToThis.subList(0, Math.max(0, upToThis.size() - keep)).forEach(AtomicDirectory::delete);
  }

  /**
   * Opens the newest checkpoint whose every file is as it was written; the caller closes it.
   * Damaged newer ones are passed over and told.
   *
   * @return empty if there is none
   * @throws GenRecException {@code ReadFailed} if the directory cannot be read
   */
  public Optional<Checkpoint> latest() {
    for (Path path : checkpoints().descendingMap().values()) {
      try {
        return Optional.of(open(path));
      } catch (GenRecException e) {
        skipped.accept(
            new GenRecException(
                "CorruptCheckpoint",
                "passed over " + path + ", an older one is used if there is one: " + e.getMessage(),
                e));
      }
    }
    return Optional.empty();
  }

  /**
   * Opens the checkpoint of a step, or says why it cannot.
   *
   * @param step the step
   * @throws GenRecException {@code CorruptBundle} if a file is missing, truncated or altered
   */
  public Checkpoint open(long step) {
    return open(directory.resolve(String.format(Locale.ROOT, "step-%06d", step)));
  }

  /** The steps of the checkpoints that are there, oldest first; not checked. */
  public List<Long> steps() {
    return List.copyOf(checkpoints().keySet());
  }

  private static Checkpoint open(Path path) {
    Manifest manifest = Manifest.read(path);
    manifest.verify(path);
    for (String name : List.of(STATE, TENSORS)) {
      if (manifest.find(name).isEmpty()) {
        throw Manifest.corrupt(path, name, "a checkpoint's file", "none", null);
      }
    }
    CheckpointState state = StrictConfig.read(path.resolve(STATE)).as(CheckpointState.class);
    return new Checkpoint(state, SafeTensors.open(path.resolve(TENSORS)));
  }

  private NavigableMap<Long, Path> checkpoints() {
    NavigableMap<Long, Path> byStep = new TreeMap<>();
    if (!Files.isDirectory(directory)) {
      return byStep;
    }
    try {
      recover();
      try (DirectoryStream<Path> paths = Files.newDirectoryStream(directory, "step-*")) {
        for (Path path : paths) {
          Matcher name = NAME.matcher(String.valueOf(path.getFileName()));
          if (name.matches() && Files.isDirectory(path)) {
            byStep.put(Long.parseLong(name.group(1)), path);
          }
        }
      }
    } catch (IOException e) {
      throw TensorErrors.unreadable(directory, e);
    } catch (DirectoryIteratorException e) {
      throw TensorErrors.unreadable(directory, e.getCause());
    }
    return byStep;
  }

  /** Puts back a checkpoint that was being replaced and removes what killed runs left. */
  private void recover() throws IOException {
    try (DirectoryStream<Path> paths = Files.newDirectoryStream(directory, Leftovers::isLeftover)) {
      for (Path path : paths) {
        Leftovers.recover(Leftovers.target(path));
      }
    }
  }
}
