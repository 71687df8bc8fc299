package io.genrec.falcon;

import io.genrec.api.inference.ScoringModel;
import io.genrec.api.inference.ScoringModel.Stage;
import io.genrec.api.sequence.Batch;
import io.genrec.falcon.RequestJob.Piece;
import io.genrec.falcon.Workspaces.Purpose;
import java.util.ArrayList;
import java.util.List;

/** Scores micro-batches of candidates against what is known of their histories. */
final class CandidateRuns {
  /** Memory of more bytes is not copied to share a run. */
  private static final long MAX_SHARED_BYTES = 1L << 20;

  private final ScoringModel model;
  private final Workspaces workspaces;

  CandidateRuns(ScoringModel model, Workspaces workspaces) {
    this.model = model;
    this.workspaces = workspaces;
  }

  /** The runs that score all candidates: short requests share some. */
  List<Runnable> of(List<RequestJob> jobs, MicroBatchSizes sizes) {
    List<Runnable> runs = new ArrayList<>();
    List<Piece> group = new ArrayList<>();
    for (RequestJob job : jobs) {
      int microBatch = sizes.choose(job.kept(), job.request().candidates().size());
      List<Piece> pieces = job.pieces(microBatch);
      if (model.copiesInputs() && pieces.size() > 1 && job.kept() > 0) {
        runs.add(() -> inOneRun(job, pieces.size(), microBatch, sizes));
        continue;
      }
      if (pieces.size() > 1 || job.arrangedBytes() > MAX_SHARED_BYTES) {
        pieces.forEach(piece -> runs.add(() -> measured(piece, microBatch, sizes)));
        continue;
      }
      Piece piece = pieces.get(0);
      if (!group.isEmpty() && (long) (group.size() + 1) * widest(group, piece) > microBatch) {
        runs.add(run(group));
        group = new ArrayList<>();
      }
      group.add(piece);
    }
    if (!group.isEmpty()) {
      runs.add(run(group));
    }
    return runs;
  }

  private static int widest(List<Piece> group, Piece next) {
    return Math.max(widest(group), next.range().size());
  }

  private static int widest(List<Piece> group) {
    return group.stream().mapToInt(piece -> piece.range().size()).max().orElse(0);
  }

  private Runnable run(List<Piece> group) {
    return group.size() == 1 ? () -> alone(group.get(0)) : () -> together(group);
  }

  private void measured(Piece piece, int microBatch, MicroBatchSizes sizes) {
    long begin = System.nanoTime();
    alone(piece);
    long nanos = System.nanoTime() - begin;
    sizes.observe(piece.job().kept(), microBatch, piece.range().size(), nanos);
  }

  private void alone(Piece piece) {
    Batch outputs = workspaces.take(Purpose.PREDICTIONS);
    try {
      Stage stage = piece.job().kept() == 0 ? Stage.SCORE_PADDED : Stage.SCORE;
      model.run(stage, piece::find, outputs);
      piece.put(outputs, 0);
    } finally {
      workspaces.give(Purpose.PREDICTIONS, outputs);
    }
  }

  /** All micro-batches of a request by one run, whose inputs are copied once. */
  private void inOneRun(RequestJob job, int rounds, int microBatch, MicroBatchSizes sizes) {
    Batch inputs = workspaces.take(Purpose.SHARED);
    Batch outputs = workspaces.take(Purpose.PREDICTIONS);
    long begin = System.nanoTime();
    try {
      Piece all = job.whole();
      int count = all.range().size();
      int width = (count + rounds - 1) / rounds;
      model.run(
          Stage.SCORE_LOOP,
          name ->
              name.startsWith(RequestTokens.CANDIDATES)
                  ? Stack.inRows(inputs, name, all.find(name), rounds, width)
                  : all.find(name),
          outputs);
      all.put(outputs, 0);
      sizes.observe(job.kept(), microBatch, count, System.nanoTime() - begin);
    } finally {
      workspaces.give(Purpose.SHARED, inputs);
      workspaces.give(Purpose.PREDICTIONS, outputs);
    }
  }

  private void together(List<Piece> group) {
    Batch inputs = workspaces.take(Purpose.SHARED);
    Batch outputs = workspaces.take(Purpose.PREDICTIONS);
    try {
      model.run(
          Stage.SCORE_PADDED,
          name -> Stack.of(inputs, name, group, Piece::find, axis(name)),
          outputs);
      int width = widest(group);
      for (int b = 0; b < group.size(); b++) {
        group.get(b).put(outputs, b * width);
      }
    } finally {
      workspaces.give(Purpose.SHARED, inputs);
      workspaces.give(Purpose.PREDICTIONS, outputs);
    }
  }

  private int axis(String name) {
    return name.startsWith(RequestJob.ARRANGED)
        ? model.arrangedAxis(name.substring(RequestJob.ARRANGED.length()))
        : Stack.SECOND;
  }
}
